import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { field } from "../print.ts";

/** `rempart metrics`: what `[metrics] listen` serves, without a port for it. */
export function metrics(parent: Command): void {
  parent
    .command("metrics")
    .description("Print the figures of the daemon in Prometheus' text format")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "metrics", {});
        if (isTrouble(data)) return data;
        return { data, human: String(field(data, "text")).trimEnd() };
      }),
    );
}
