import type { Trouble } from "../base/index.ts";
import type { Accounts } from "./types.ts";

/** The account operations by their names on the control socket ("account.add", ...), arguments unchecked as they came. */
export function accountCommands(
  _accounts: Accounts,
): Readonly<Record<string, (args: unknown) => Promise<unknown | Trouble>>> {
  throw new Error("being built");
}
