import { isAbsolute, join } from "node:path";
import { type Conf, type Setting, settingOf } from "./conf.ts";

/** One line below `[logfiles]` that names a file. */
export interface LogFile {
  /** As Asterisk finds it: below its log folder, unless it is absolute. */
  readonly path: string;
  /** Lower case; "*" for all. */
  readonly levels: readonly string[];
  /** Lines as JSON, which nobody reads here. */
  readonly json: boolean;
  readonly line: number;
}

/** What logger.conf says. */
export interface LoggerView {
  readonly files: readonly LogFile[];
  /** Whether anything that is kept shows security events. */
  readonly security: boolean;
}

/** Reads logger.conf; `folder`: where logs go whose name is no path. */
export function viewLogger(conf: Conf, folder: string): LoggerView {
  const settings = conf.sections
    .filter((s) => s.name.toLowerCase() === "logfiles" && !s.template)
    .flatMap((s) => s.settings);
  // The console keeps nothing, and syslog is somebody else's file.
  const kept = settings.filter(({ key }) => key !== "console" && !key.startsWith("syslog."));
  const files = kept.map((setting) => fileOf(setting, folder));
  return { files, security: files.some((f) => shows(f, "security")) };
}

/** The folder of logs, as asterisk.conf says. */
export function logFolder(conf: Conf): string {
  const section = conf.sections.find((s) => s.name.toLowerCase() === "directories");
  return (section && settingOf(section, "astlogdir")) ?? "/var/log/asterisk";
}

export function shows({ levels }: LogFile, level: string): boolean {
  return levels.includes(level) || levels.includes("*");
}

/**
 * The fewest files that hold what is to be read: one that has both security events and notices, else one of each. Two files with the same lines
 * would be read twice for nothing.
 */
export function filesToRead({ files }: LoggerView): readonly LogFile[] {
  const readable = files.filter((f) => !f.json);
  const has = (f: LogFile, level: string): boolean => shows(f, level);
  const both = readable.find((f) => has(f, "security") && has(f, "notice"));
  if (both !== undefined) return [both];
  const security = readable.find((f) => has(f, "security"));
  const notices = readable.find((f) => has(f, "notice") && has(f, "warning")) ?? readable.find((f) => has(f, "notice"));
  return [security, notices].filter((f) => f !== undefined);
}

/** "full => [json]notice,warning,security": a form in brackets, then levels. */
function fileOf({ key, value, line }: Setting, folder: string): LogFile {
  const form = /^\[(\w+)\]/.exec(value);
  const levels = value.slice(form?.[0].length ?? 0).split(",");
  return {
    path: isAbsolute(key) ? key : join(folder, key),
    levels: levels.map((level) => level.trim().toLowerCase().replace(/\(.*$/, "")),
    json: form?.[1].toLowerCase() === "json",
    line,
  };
}
