export { type OwnAccount, readAccounts } from "./accounts.ts";
export { type Probed, probe, RULES } from "./run.ts";
export type { ProbeOptions, Services } from "./session.ts";
export { findTarget, type Target } from "./target.ts";
