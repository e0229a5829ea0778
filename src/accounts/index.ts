export { accountCommands } from "./commands.ts";
export { accountPolicy } from "./policy.ts";
export { openAccounts } from "./service.ts";
export type { AccountChange, AccountPolicy, Accounts } from "./types.ts";
