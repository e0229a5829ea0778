export type { Busy, BusySource } from "./busiest.ts";
export type { Backend, DialOptions, EdgeConfig } from "./config.ts";
export type { Sighting } from "./facts.ts";
export type { GateRow, Refused } from "./gate.ts";
export { packGateRows } from "./gate-rows.ts";
export { type CountryRow, deniedFor, type ListHits, type ListRows } from "./lists.ts";
export { type LoopDelay, LoopMonitor } from "./loop.ts";
export type {
  AccountRights,
  BackendView,
  BindingName,
  BindingRow,
  Birth,
  EdgeStatus,
  FromEdge,
  ListenerView,
  ListenOptions,
  ProbeResult,
  Question,
  ToEdge,
} from "./messages.ts";
export { packRows, unpackRows } from "./rows.ts";
