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
        const next = [
          `Confirmed: the rules stay. They are written to ${file}.`,
          "A restart of the machine forgets them unless they are loaded then. Once, as root:",
          `  echo 'include "${file}"' >> /etc/nftables.conf`,
          "  systemctl enable nftables",
        ];
        return { data: { file }, human: next.join("\n") };
      }),
    );
}
