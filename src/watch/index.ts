export { AsteriskLog } from "./asterisk/log.ts";
export { LineCutter } from "./lines.ts";
