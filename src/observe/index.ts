export { type EventFile, openEventFile } from "./event-file.ts";
export { type Event, type EventName, Events } from "./events.ts";
export { type Logger, makeLogger } from "./log.ts";
export { type Family, metricsText, type Sample } from "./metrics.ts";
export { type MetricsServer, openMetricsServer } from "./metrics-server.ts";
