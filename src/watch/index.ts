export { Attempts } from "./asterisk/attempts.ts";
export { AsteriskLog } from "./asterisk/log.ts";
export { ManagerLog } from "./asterisk/manager.ts";
export { formatOf, LOG_FORMATS, readerOf, screenOf } from "./formats.ts";
export { FreeswitchLog } from "./freeswitch/log.ts";
export { KamailioLog } from "./kamailio/log.ts";
export { type BadTemplate, readTemplate, type Template } from "./kamailio/template.ts";
export { LineCutter } from "./lines.ts";
export {
  type Fail2banFile,
  type ImportPlan,
  Ini,
  importFail2ban,
  importSipcheck,
  isSipcheck,
  type Jail,
  jailsOf,
  planToml,
  readJails,
} from "./others/index.ts";
export type { LogReader } from "./reader.ts";
