import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { askDaemon } from "../daemon.ts";
import { perform } from "../perform.ts";
import { backendRow, list, table } from "../print.ts";

/** `rempart backend list`. */
export function backendList(parent: Command): void {
  parent
    .command("list")
    .description("List the phone systems behind, and which of them get calls")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await askDaemon(context, "backends.list", {});
        if (isTrouble(data)) return data;
        const rows = list(data).map((b) => backendRow(b, Date.now()));
        const header = ["NAME", "AT", "STATE", "FOR", "PRIORITY", "WEIGHT", "LAST"];
        const none = "There is no backend. Add one: [[backend]] in rempart.toml";
        return { data, human: rows.length === 0 ? none : table(header, rows) };
      }),
    );
}
