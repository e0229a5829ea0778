import { type Trouble, trouble } from "../base/index.ts";
import type { Accounts, RightsRequest } from "./types.ts";

/** One command of the control socket: arguments as they came, unchecked. */
export type Command = (args: unknown) => Promise<unknown | Trouble>;

/** The account operations by their names on the control socket. COMMAND_INVALID for arguments of another shape. */
export function accountCommands(accounts: Accounts): Readonly<Record<string, Command>> {
  return {
    "account.add": async (args) => {
      const a = read(args);
      if (!a) return malformed("account.add");
      return accounts.add(a);
    },
    "account.list": () => accounts.list(),
    "account.remove": async (args) => {
      const a = read(args);
      return a?.user === undefined ? malformed("account.remove") : accounts.remove({ user: a.user, domain: a.domain });
    },
    "account.passwd": async (args) => {
      const a = read(args);
      return a?.user === undefined ? malformed("account.passwd") : accounts.passwd({ ...a, user: a.user });
    },
    "account.set": async (args) => {
      const request = readRights(args);
      return request === undefined ? malformed("account.set") : accounts.setRights(request);
    },
    "account.import": async (args) => {
      const a = read(args);
      return a?.csv === undefined
        ? malformed("account.import")
        : accounts.importCsv({ csv: a.csv, allowWeak: a.allowWeak });
    },
  };
}

interface Arguments {
  readonly user: string | undefined;
  readonly domain: string | undefined;
  readonly password: string | undefined;
  readonly csv: string | undefined;
  readonly allowWeak: boolean;
}

/** Arguments of the right types; undefined when one is of a wrong one. */
function read(args: unknown): Arguments | undefined {
  if (typeof args !== "object" || args === null) return undefined;
  const texts: (string | undefined)[] = [];
  for (const name of ["user", "domain", "password", "csv"]) {
    const value: unknown = Reflect.get(args, name);
    if (value !== undefined && typeof value !== "string") return undefined;
    texts.push(value);
  }
  const allowWeak: unknown = Reflect.get(args, "allowWeak");
  if (allowWeak !== undefined && typeof allowWeak !== "boolean") return undefined;
  const [user, domain, password, csv] = texts;
  return { user, domain, password, csv, allowWeak: allowWeak === true };
}

/** The same for rights. */
function readRights(args: unknown): RightsRequest | undefined {
  const a = read(args);
  if (a?.user === undefined || typeof args !== "object" || args === null) return undefined;
  const classes: unknown = Reflect.get(args, "classes");
  const acl: unknown = Reflect.get(args, "acl");
  const pin: unknown = Reflect.get(args, "pin");
  const proposePin: unknown = Reflect.get(args, "proposePin");
  if (classes !== undefined && classes !== null && !isTexts(classes)) return undefined;
  if (acl !== undefined && !isTexts(acl)) return undefined;
  if (pin !== undefined && typeof pin !== "string") return undefined;
  if (proposePin !== undefined && typeof proposePin !== "boolean") return undefined;
  return { user: a.user, domain: a.domain, classes, acl, pin, proposePin };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function malformed(command: string): Trouble {
  return trouble(
    "COMMAND_INVALID",
    `${command} came with arguments it does not know`,
    "No account was changed.",
    "Use a rempart command of the same version as the daemon: rempart status",
  );
}
