export type { Binding, BindingChange, StoredBinding } from "./binding.ts";
export { grantedSeconds, isRegisteredFrom, learn } from "./learned.ts";
export { isLive, Location, lookup } from "./location.ts";
export type { RegistrarBounds } from "./plan.ts";
export { type Registration, register } from "./register.ts";
