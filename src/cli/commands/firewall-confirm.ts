import { statSync } from "node:fs";
import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { perform } from "../perform.ts";

/** `rempart firewall confirm`: keeps the rules that wait, and writes them for the start of the machine. */
export function firewallConfirm(parent: Command): void {
  parent
    .command("confirm")
    .description("Keep the rules that were applied")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const config = await context.config();
        if (isTrouble(config)) return config;
        const { confirm } = await import("../../firewall/index.ts");
        const file = await confirm(config.state);
        if (isTrouble(file)) return file;
        const next = linesFor(config.state, file);
        return { data: { file }, human: next.join("\n") };
      }),
    );
}

/** What has it loaded at the start. Root must not read rules from a folder in which somebody else may write. */
function linesFor(state: string, file: string): string[] {
  const safe = statSync(state).uid === 0;
  const place = safe ? file : "/etc/rempart/host.nft";
  return [
    `Confirmed: the rules stay. They are written to ${file}.`,
    "A restart of the machine forgets them unless they are loaded then. As root, once:",
    `  echo 'include "${place}"' >> /etc/nftables.conf`,
    "  systemctl enable nftables",
    ...(safe ? [] : ["and, since the state folder is not root's, each time:", `  install -D -m 600 ${file} ${place}`]),
  ];
}
