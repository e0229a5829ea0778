export type { AccountChange, AccountPolicy, Accounts, AccountView, Added, AddRequest } from "./types.ts";
export { openAccounts } from "./service.ts";
export { accountCommands } from "./commands.ts";
