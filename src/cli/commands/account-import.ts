import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { accountCommand } from "../accounts.ts";
import { readText } from "../input.ts";
import { perform } from "../perform.ts";
import { count, number } from "../print.ts";

/** `rempart account import FILE.csv`: all rows or none. */
export function accountImport(parent: Command): void {
  parent
    .command("import")
    .description("Add all accounts of a CSV file, or none")
    .argument("<file>", 'header "user,domain,password" or "user,domain,ha1_md5,ha1_sha256"; - for stdin')
    .option("--allow-weak", "take names and passwords that attackers find early")
    .action((file: string, options: { readonly allowWeak?: true }, command: Command) =>
      perform(command, async (context) => {
        const csv = await readText(file);
        if (isTrouble(csv)) return csv;
        const data = await accountCommand(context, "account.import", { csv, allowWeak: options.allowWeak });
        return isTrouble(data) ? data : { data, human: `Imported ${count(number(data, "imported"), "account")}.` };
      }),
    );
}
