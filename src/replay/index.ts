export { isCapture } from "./kind.ts";
export { type Counts, type FileReport, Replay } from "./replay.ts";
export type { Site } from "./site.ts";
export type { Finding, Trial } from "./trial.ts";
