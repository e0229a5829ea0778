import type { Command } from "commander";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { Options } from "../audit/options.ts";
import { type Console, type Context, type Outcome, perform } from "../perform.ts";

/** `rempart audit passwords`: tries on the accounts of the own store what attackers try first. Options of `audit` hold here, too. */
export function auditPasswords(parent: Command): void {
  parent
    .command("passwords")
    .description("Try on our own accounts what attackers try first; tells which accounts are weak, never a password")
    .option("--accounts", "the accounts of Rempart's own store (the default)")
    .action((_own: object, command: Command) => {
      const options = command.optsWithGlobals<Options & { readonly console: Console }>();
      const forms = ["human", "json", "sarif", "html"] as const;
      return perform(command, (context) => tryAll(options, context, options.console), undefined, forms);
    });
}

async function tryAll(options: Options, context: Context, console: Console): Promise<Outcome | Trouble> {
  const [{ readOptions }, { findWeak, timeOf }, { outcomeOf }, { inspectAccounts }] = await Promise.all([
    import("../audit/options.ts"),
    import("../audit/passwords.ts"),
    import("../audit/outcome.ts"),
    import("../../store/index.ts"),
  ]);
  const other = (["fix", "kamailio", "freepbx", "asteriskVersion"] as const).find((o) => options[o] !== undefined);
  if (other !== undefined) return notHere(other);
  const read = await readOptions("passwords", options);
  if (isTrouble(read)) return read;
  const config = await context.config();
  if (isTrouble(config)) return config;
  const accounts = inspectAccounts(config.state);
  if (isTrouble(accounts)) return accounts;
  if (context.output === "human") console.err(`${timeOf(accounts.length)}\n`);
  const findings = await findWeak(accounts, config.state);
  return outcomeOf({ findings, inputs: [], isUnread: false }, config.state, options, read, context.output);
}

function notHere(option: string): Trouble {
  const name = `--${option === "asteriskVersion" ? "asterisk-version" : option}`;
  const next = "Leave it out; for the configuration of a phone system: rempart audit PATH";
  return trouble("USAGE", `${name} is not for passwords`, "Nothing was read and nothing written.", next);
}
