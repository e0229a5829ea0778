export type { Backend, EdgeConfig } from "./config.ts";
export type {
  BackendView,
  BindingName,
  BindingRow,
  Birth,
  EdgeStatus,
  FromEdge,
  ListenerView,
  ListenOptions,
  Question,
  ToEdge,
} from "./messages.ts";
export { packRows, unpackRows } from "./rows.ts";
