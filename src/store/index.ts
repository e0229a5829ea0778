export { type Inspection, inspectStore } from "./inspect.ts";
export { openStore } from "./open.ts";
export type { AccountHashes, AccountKey, BindingKey, Store, StoredAccount, StoredBinding } from "./types.ts";
