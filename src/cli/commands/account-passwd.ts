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

/** `rempart account passwd USER`: a proposed password unless one is given. */
export function accountPasswd(parent: Command): void {
  parent
    .command("passwd")
    .description("Give an account a new password; a strong one is proposed when none is given")
    .argument("<user>", "user name, or user@domain")
    .option("--domain <domain>", "its domain (default: the first own one)")
    .option("--password-stdin", "read the password from stdin (asked for on a terminal)")
    .option("--allow-weak", "take a password that attackers find early")
    .action((user: string, options: Options, command: Command) =>
      perform(command, async (context) => {
        const password = options.passwordStdin ? await readPassword() : undefined;
        if (isTrouble(password)) return password;
        const { domain, allowWeak } = options;
        const data = await accountCommand(context, "account.passwd", { user, domain, password, allowWeak });
        return isTrouble(data) ? data : { data, human: `Password changed.\n${credentials(data)}` };
      }),
    );
}
