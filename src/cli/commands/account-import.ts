import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import { accountCommand } from "../accounts.ts";
import { readStdin } from "../password.ts";
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

async function readText(file: string): Promise<string | Trouble> {
  if (file === "-") return readStdin();
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why =
      code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "it is not UTF-8" : code === "ENOENT" ? "no such file" : code;
    return trouble(
      "USAGE_FILE",
      `${file} cannot be read: ${why}`,
      "No account was added.",
      "Name a readable CSV file in UTF-8: rempart account import --help",
    );
  }
}
