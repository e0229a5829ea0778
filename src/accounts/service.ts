import type { Store } from "../store/index.ts";
import type { AccountChange, AccountPolicy, Accounts } from "./types.ts";

/** The account operations over a store; `onChange` is told of each change after it is stored. */
export function openAccounts(_store: Store, _policy: AccountPolicy, _onChange: (change: AccountChange) => void): Accounts {
  throw new Error("being built");
}
