import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { accountCommand } from "../accounts.ts";
import { perform } from "../perform.ts";
import { field, list, number, table, text, time } from "../print.ts";
import { rightsCell } from "../rights.ts";
import { asTyped } from "../trouble.ts";

/** `rempart account list`. */
export function accountList(parent: Command): void {
  parent
    .command("list")
    .description("List the accounts")
    .action((_options: object, command: Command) =>
      perform(command, async (context) => {
        const data = await accountCommand(context, "account.list", {});
        if (isTrouble(data)) return data;
        const rows = list(data).map((a) => [
          text(a, "user"),
          text(a, "domain"),
          time(number(a, "changed")),
          text(a, "origin"),
          rightsCell(field(a, "rights")),
        ]);
        const { config } = command.optsWithGlobals<{ config?: string }>();
        const empty = asTyped("No accounts yet. Add one: rempart account add", config);
        const columns = ["USER", "DOMAIN", "PASSWORD SET", "LIVES IN", "RIGHTS OF ITS OWN"];
        return { data, human: rows.length === 0 ? empty : table(columns, rows) };
      }),
    );
}
