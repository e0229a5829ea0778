export { Attempts } from "./asterisk/attempts.ts";
export { AsteriskLog } from "./asterisk/log.ts";
export { ManagerLog } from "./asterisk/manager.ts";
export { formatOf, LOG_FORMATS, type LogReader, readerOf, screenOf } from "./formats.ts";
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
