export type { Bind } from "./bind.ts";
export { type AsteriskSite, readAsteriskSite } from "./site.ts";
