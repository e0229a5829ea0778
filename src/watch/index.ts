export { AsteriskLog } from "./asterisk/log.ts";
export { FreeswitchLog } from "./freeswitch/log.ts";
export { KamailioLog } from "./kamailio/log.ts";
export { type BadTemplate, readTemplate, type Template } from "./kamailio/template.ts";
export { LineCutter } from "./lines.ts";
export type { LogReader } from "./reader.ts";
