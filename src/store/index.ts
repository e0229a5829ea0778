export { type Hold, holdState } from "./hold.ts";
export { inspectStore } from "./inspect.ts";
export { openStore } from "./open.ts";
export type {
  AccountHashes,
  AccountKey,
  BindingKey,
  Store,
  StoredAccount,
  StoredRights,
  StoredTrunk,
} from "./types.ts";
