export { BAN_LENGTHS, type Change, type Entry, type Target, type Wanted } from "./book.ts";
export type { Fact, FactKind } from "./fact.ts";
export { Floods } from "./floods.ts";
export { injectionIn, ToolNames, toolOf } from "./inspect/index.ts";
export type { Action, Answer, Scenario } from "./scenario.ts";
export { SCENARIOS } from "./scenarios/index.ts";
export { type Setting, Shield, type ShieldSettings, type Verdict } from "./shield.ts";
export { neighbourhoodOf, sourceOf } from "./source.ts";
