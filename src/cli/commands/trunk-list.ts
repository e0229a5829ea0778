import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { trunkCommand } from "../accounts.ts";
import { perform } from "../perform.ts";
import { list, table, text } from "../print.ts";
import { asTyped } from "../trouble.ts";

/** `rempart trunk list`. */
export function trunkList(parent: Command): void {
  parent
    .command("list")
    .description("List the trunks, and where each is said to be one")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await trunkCommand(context, "trunk.list", {});
        if (isTrouble(data)) return data;
        const { config } = command.optsWithGlobals<{ config?: string }>();
        const empty = asTyped("No trunks. Add one: rempart trunk add NAME ADDRESS", config);
        const header = ["NAME", "TRANSPORT", "FROM DOMAIN", "ORIGIN", "ADDRESSES"];
        const rows = list(data).map((t) => [
          text(t, "name"),
          text(t, "transport") || "any",
          text(t, "fromDomain") || "any",
          ORIGINS[text(t, "origin")] ?? "",
          list(t, "addresses").join(" "),
        ]);
        return { data, human: rows.length === 0 ? empty : table(header, rows) };
      }),
    );
}

const ORIGINS: Readonly<Record<string, string>> = {
  configuration: "configuration",
  store: "command",
  hidden: "command, hidden by the configuration",
};
