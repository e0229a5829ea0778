export { Client as KernelEnforcer, type EnforcerEvent, type EnforcerOptions } from "./client.ts";
export { noEnforcer } from "./none.ts";
export type { Door, Rate, Spec } from "./ruleset.ts";
