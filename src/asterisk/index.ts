export type { Bind } from "./bind.ts";
export { filesToRead, type LogFile, type LoggerView } from "./logger.ts";
export { type AsteriskSite, readAsteriskSite } from "./site.ts";
export { readWatchedAsterisk, type WatchedAsterisk } from "./watched.ts";
