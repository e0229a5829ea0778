import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { accountCommand } from "../accounts.ts";
import { readPassword } from "../password.ts";
import { perform } from "../perform.ts";
import { credentials } from "./credentials.ts";

interface Options {
  readonly domain?: string;
  readonly passwordStdin?: true;
  readonly allowWeak?: true;
}

/** `rempart account add [USER]`: proposes what is not given, and shows a proposed password once. */
export function accountAdd(parent: Command): void {
  parent
    .command("add")
    .description("Add an account; a user name and a strong password are proposed when none is given")
    .argument("[user]", "user name, or user@domain")
    .option("--domain <domain>", "one of the own domains (default: the first)")
    .option("--password-stdin", "read the password from stdin (asked for on a terminal)")
    .option("--allow-weak", "take a name or password that attackers find early")
    .action((user: string | undefined, options: Options, command: Command) =>
      perform(command, async (context) => {
        const password = options.passwordStdin ? await readPassword() : undefined;
        if (isTrouble(password)) return password;
        const { domain, allowWeak } = options;
        const data = await accountCommand(context, "account.add", { user, domain, password, allowWeak });
        return isTrouble(data) ? data : { data, human: `Account added.\n${credentials(data)}` };
      }),
    );
}
