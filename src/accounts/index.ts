export { accountCommands } from "./commands.ts";
export type { Gathering } from "./foreign/gather.ts";
export { type ForeignSource, foreignSource } from "./foreign/source.ts";
export { accountPolicy } from "./policy.ts";
export { openAccounts } from "./service.ts";
export type { AccountChange, AccountPolicy, Accounts } from "./types.ts";
export { weakPassword, weakUser } from "./weak.ts";
