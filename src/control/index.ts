export { type Control, type Report, startControl } from "./start.ts";
