import type { Command } from "commander";
import { isTrouble } from "../../base/index.ts";
import { accountCommand } from "../accounts.ts";
import { perform } from "../perform.ts";
import { text } from "../print.ts";

/** `rempart account remove USER`. */
export function accountRemove(parent: Command): void {
  parent
    .command("remove")
    .description("Remove an account")
    .argument("<user>", "user name, or user@domain")
    .option("--domain <domain>", "its domain (default: the first own one)")
    .action((user: string, options: { readonly domain?: string }, command: Command) =>
      perform(command, async (context) => {
        const data = await accountCommand(context, "account.remove", { user, domain: options.domain });
        return isTrouble(data) ? data : { data, human: `Removed ${text(data, "user")}@${text(data, "domain")}.` };
      }),
    );
}
