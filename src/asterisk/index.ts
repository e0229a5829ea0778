export { type Bind, readBind } from "./bind.ts";
export {
  type Conf,
  type ConfFile,
  type OpenFiles,
  readConf,
  type Section,
  type Setting,
  settingOf,
  settingsOf,
} from "./conf.ts";
export {
  type Context,
  type Dialplan,
  type Extension,
  expanded,
  type Link,
  linksOfStep,
  readDialplan,
  type Step,
} from "./dialplan.ts";
export { fits } from "./glob.ts";
export { splitArguments } from "./links.ts";
export { filesToRead, type LogFile, type LoggerView } from "./logger.ts";
export { loads } from "./modules.ts";
export { matchesPattern, openEnded, patternLength } from "./pattern.ts";
export { type AsteriskSite, readAsteriskSite } from "./site.ts";
export { readWatchedAsterisk, type WatchedAsterisk } from "./watched.ts";
