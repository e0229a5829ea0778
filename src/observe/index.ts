export { type Logger, makeLogger } from "./log.ts";
