import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { number, text } from "../print.ts";

/** `rempart trunk test NAME`: exit code 1 when nothing answers. */
export function trunkTest(parent: Command): void {
  parent
    .command("test")
    .description("Send an OPTIONS to a trunk from the running daemon; show its answer and how long it took")
    .argument("<name>", "its name")
    .option("--to <address>", "which of its addresses, as host or host:port (default: the first single one, port 5060)")
    .action((name: string, options: { to?: string }, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "trunk.test", { name, to: options.to });
        if (isTrouble(data)) return data;
        const status = number(data, "status");
        const what =
          status === 0 ? text(data, "fault") : `answered ${status} after ${number(data, "ms").toFixed(1)} ms: it lives`;
        return { data, human: `${name} at ${text(data, "at")}: ${what}`, exit: status === 0 ? 1 : 0 };
      }),
    );
}
