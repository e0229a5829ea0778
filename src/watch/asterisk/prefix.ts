import { isDigit, isWord, plainText, stampAt } from "../stamp.ts";

/** What a line says before its own text. */
export interface Prefix {
  /** Milliseconds as if its clock were UTC's; undefined: the line does not say. */
  readonly at: number | undefined;
  /** NOTICE, WARNING, SECURITY, ERROR or VERBOSE. */
  readonly level: string;
  /** Source file without folder and ".c"; "Ext" for what the dialplan wrote, "pjproject" for the library below PJSIP. */
  readonly by: string;
  readonly text: string;
}

/** Whose lines may be about a caller, by level: of all others nothing more is read. */
const WRITERS: ReadonlySet<string> = new Set([
  "res_security_log",
  "chan_sip",
  "pjsip_distributor",
  "res_pjsip_session",
  "chan_iax2",
  "manager",
]);
const VERBOSE_WRITERS: ReadonlySet<string> = new Set(["res_pjsip_registrar", "chan_sip", "chan_iax2"]);

// All are held to the place where they have to stand and repeat nothing that repeats: they cannot go back far.
const SENDER = /[^\s[\]]{1,255} asterisk[^\s:[\]]{0,40}(?:\[\d{1,10}\])?: /y;
const THREAD = / ?\[\d{1,10}\](?:\[C-[0-9a-f]{1,16}\])?:? /y;
const LINE_NUMBER = /(?::\d{1,6}(?: (?:in )?\w{1,80})?)?: {1,2}/y;
const PROJECT = "pjproject: ";
const DIALPLAN = "Ext. ";
const LONGEST_NAME = 64;
const SPACE = 32;
const SLASH = 47;
const COLON = 58;
const OPEN = 91;
const CLOSE = 93;

/**
 * Reads what stands before the text of a NOTICE, WARNING, SECURITY, ERROR or VERBOSE of Asterisk: its own stamp, that of syslog, of the journal, or
 * none. `before`: when the line was written at the latest, since the short stamp has no year. Undefined also for lines of those parts of Asterisk
 * that never write about callers: they are most of a log.
 */
export function readPrefix(line: string, before: number): Prefix | undefined {
  const plain = plainText(line);
  let stamp = stampAt(plain, 0, before);
  let from = stamp.end;
  let level = levelAt(plain, from);
  if (level === "") {
    const sender = endOf(SENDER, plain, from);
    if (sender < 0) return undefined;
    const second = stampAt(plain, sender, before);
    if (second.end > sender) stamp = second;
    from = second.end;
    level = levelAt(plain, from);
    if (level === "") return undefined;
  }
  from = threadEnd(plain, from + level.length);
  if (from < 0) return undefined;
  const dot = sourceEnd(plain, from);
  if (dot < 0) return other(plain, from, level, stamp.at);
  const slash = plain.lastIndexOf("/", dot);
  const by = plain.slice(slash < from ? from : slash + 1, dot);
  if (!(level === "VERBOSE" ? VERBOSE_WRITERS : WRITERS).has(by)) return undefined;
  const text = textStart(plain, dot + 2);
  return text < 0 ? undefined : { at: stamp.at, level, by, text: plain.slice(text) };
}

function other(line: string, from: number, level: string, at: number | undefined): Prefix | undefined {
  if (line.startsWith(PROJECT, from)) return { at, level, by: "pjproject", text: line.slice(from + PROJECT.length) };
  return line.startsWith(DIALPLAN, from) ? { at, level, by: "Ext", text: line.slice(from + 5) } : undefined;
}

function levelAt(line: string, at: number): string {
  switch (line.charCodeAt(at)) {
    case 86:
      return line.startsWith("VERBOSE", at) ? "VERBOSE" : "";
    case 83:
      return line.startsWith("SECURITY", at) ? "SECURITY" : "";
    case 78:
      return line.startsWith("NOTICE", at) ? "NOTICE" : "";
    case 87:
      return line.startsWith("WARNING", at) ? "WARNING" : "";
    case 69:
      return line.startsWith("ERROR", at) ? "ERROR" : "";
    default:
      return "";
  }
}

/** Behind "[123] ", "[123][C-0000000a] " or "[123]: "; -1 when it is none of them. */
function threadEnd(line: string, at: number): number {
  if (line.charCodeAt(at) === OPEN) {
    let i = at + 1;
    while (isDigit(line.charCodeAt(i)) && i < at + 12) i++;
    if (i > at + 1 && line.charCodeAt(i) === CLOSE && line.charCodeAt(i + 1) === SPACE) return i + 2;
  }
  return endOf(THREAD, line, at);
}

/** Where ".c" stands behind a name, or a folder and a name; -1: it does not. */
function sourceEnd(line: string, from: number): number {
  let at = from;
  let slashes = 0;
  const most = from + LONGEST_NAME;
  for (; at < most; at++) {
    const c = line.charCodeAt(at);
    if (c === SLASH && slashes === 0 && at > from) slashes++;
    else if (!isWord(c)) break;
  }
  return at > from && line.startsWith(".c", at) ? at : -1;
}

function textStart(line: string, at: number): number {
  if (line.charCodeAt(at) === COLON && line.charCodeAt(at + 1) === SPACE)
    return line.charCodeAt(at + 2) === SPACE ? at + 3 : at + 2;
  return endOf(LINE_NUMBER, line, at);
}

function endOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : -1;
}
