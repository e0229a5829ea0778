import { isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { AddTrunk, Trunks, TrunkTarget } from "./types.ts";

/** One command of the control socket: arguments as they came, unchecked. */
type Command = (args: unknown) => Promise<unknown | Trouble>;

/** The one thing that needs a running daemon: a trunk that answers OPTIONS (with whatever status) lives. */
export function trunkTest(trunks: Trunks, ask: (target: TrunkTarget) => Promise<unknown>): Command {
  return async (args) => {
    const name = textOf(args, "name");
    if (name === undefined) return malformed("trunk.test");
    const target = await trunks.target(name, textOf(args, "to"));
    return isTrouble(target) ? target : ask(target);
  };
}

/** The other operations by their names on the control socket. COMMAND_INVALID for arguments of another shape. */
export function trunkCommands(trunks: Trunks): Readonly<Record<string, Command>> {
  return {
    "trunk.list": () => trunks.list(),
    "trunk.add": async (args) => {
      const request = readAdd(args);
      return request === undefined ? malformed("trunk.add") : trunks.add(request);
    },
    "trunk.remove": async (args) => {
      const name = textOf(args, "name");
      return name === undefined ? malformed("trunk.remove") : trunks.remove(name);
    },
  };
}

function readAdd(args: unknown): AddTrunk | undefined {
  const name = textOf(args, "name");
  const addresses: unknown = typeof args === "object" && args !== null ? Reflect.get(args, "addresses") : undefined;
  if (name === undefined || !Array.isArray(addresses)) return undefined;
  if (!addresses.every((a): a is string => typeof a === "string")) return undefined;
  return { name, addresses, transport: textOf(args, "transport"), fromDomain: textOf(args, "fromDomain") };
}

function textOf(args: unknown, name: string): string | undefined {
  const value: unknown = typeof args === "object" && args !== null ? Reflect.get(args, name) : undefined;
  return typeof value === "string" ? value : undefined;
}

function malformed(command: string): Trouble {
  return trouble(
    "COMMAND_INVALID",
    `${command} came with arguments it does not know`,
    "No trunk was changed.",
    "Use a rempart command of the same version as the daemon: rempart status",
  );
}
