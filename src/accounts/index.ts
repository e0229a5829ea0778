export { accountCommands, type Command } from "./commands.ts";
export { accountPolicy } from "./policy.ts";
export { openAccounts } from "./service.ts";
export type { AccountChange, AccountPolicy, Accounts, AccountView, Added, AddRequest } from "./types.ts";
