import { type Command, InvalidArgumentError } from "commander";
import { isTrouble, type Trouble, trouble } from "../../base/index.ts";
import { accountCommand } from "../accounts.ts";
import { readPassword } from "../password.ts";
import { perform } from "../perform.ts";
import { field, pairs, text } from "../print.ts";
import { rightsText } from "../rights.ts";

interface Options {
  readonly domain?: string;
  readonly classes?: string;
  readonly acl?: false;
  readonly pin?: boolean;
  readonly pinStdin?: true;
}

/** `rempart account set USER`: what an account may, where that is not what everybody may. */
export function accountSet(parent: Command): void {
  // One list for both options: their order among each other decides.
  const acl: string[] = [];
  const rule =
    (sign: string) =>
    (where: string): true => {
      if (where === "") throw new InvalidArgumentError("expected all, an address or a block.");
      acl.push(sign + where);
      return true;
    };
  parent
    .command("set")
    .description("Say what an account may: numbers by class, addresses it may be used from, a PIN for calls abroad")
    .argument("<user>", "user name, or user@domain")
    .option("--domain <domain>", "its domain (default: the first own one)")
    .option("--classes <list>", "internal,national,mobile,international,premium; none; or default: what everybody may")
    .option(
      "--deny <addresses>",
      "it may not be used from there: all, an address or a block; may stand several times",
      rule("-"),
    )
    .option("--permit <addresses>", "but from there; the last one that matches decides", rule("+"))
    .option("--no-acl", "it may be used from anywhere again")
    .option("--pin", "propose a PIN: calls abroad by *PIN*number and no other way")
    .option("--pin-stdin", "read the PIN from stdin (asked for on a terminal)")
    .option("--no-pin", "take the PIN away")
    .action((user: string, options: Options, command: Command) =>
      perform(command, async (context) => {
        const pin = await pinOf(options);
        if (isTrouble(pin)) return pin;
        const { domain } = options;
        const lists = {
          classes: classesOf(options.classes),
          acl: aclOf(acl) ?? (options.acl === false ? [] : undefined),
        };
        const data = await accountCommand(context, "account.set", { user, domain, ...lists, ...pin });
        return isTrouble(data) ? data : { data, human: told(data) };
      }),
    );
}

function classesOf(list: string | undefined): string[] | null | undefined {
  if (list === undefined || list === "default") return list === undefined ? undefined : null;
  return list === "none" ? [] : list.split(",").map((name) => name.trim());
}

/** Nothing was said: what is there stays. Rules replace all that was there: beside them --no-acl says nothing more. */
function aclOf(acl: readonly string[]): readonly string[] | undefined {
  return acl.length === 0 ? undefined : acl;
}

async function pinOf({ pin, pinStdin }: Options): Promise<{ pin?: string; proposePin?: boolean } | Trouble> {
  if (pinStdin !== undefined) {
    const read = await readPassword("PIN");
    if (isTrouble(read)) return read;
    if (read !== "") return { pin: read };
    return trouble(
      "USAGE",
      "no PIN was given",
      "No right was changed.",
      "Take one away with: rempart account set USER --no-pin",
    );
  }
  if (pin === undefined) return {};
  return pin ? { proposePin: true } : { pin: "" };
}

function told(data: unknown): string {
  const lines: [string, string][] = [["account", `${text(data, "user")}@${text(data, "domain")}`], ...rightsText(data)];
  if (field(data, "proposedPin") !== undefined) {
    lines.push(["new PIN", `${text(data, "proposedPin")}   (shown this once: only its hash is kept)`]);
  }
  return `Rights changed.\n${pairs(lines)}`;
}
