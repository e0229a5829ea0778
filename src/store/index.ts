export { foreignReader } from "./foreign/reader.ts";
export type { ForeignPlace, ForeignReader, ForeignRow, TableShape } from "./foreign/types.ts";
export { type Hold, holdState } from "./hold.ts";
export { type InspectedAccount, inspectAccounts, inspectStore } from "./inspect.ts";
export { openStore } from "./open.ts";
export type {
  AccountHashes,
  AccountKey,
  BanKey,
  BindingKey,
  ForeignAccount,
  Store,
  StoredAccount,
  StoredBan,
  StoredRights,
  StoredStanding,
  StoredTrunk,
} from "./types.ts";
