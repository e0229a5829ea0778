import { isDigit, stampAt } from "./stamp.ts";

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

/** Whose lines may be about a caller: of all others nothing more is read. */
const WRITERS = ["chan_sip", "chan_iax2", "manager", "pjsip_distributor", "res_security_log", "res_pjsip_session"].map(
  named,
);
const VERBOSE_WRITERS = ["res_pjsip_registrar", "chan_sip", "chan_iax2"].map(named);
/** The one folder that stands before such a name. */
const FOLDER = "res_pjsip/";

interface Writer {
  readonly name: string;
  readonly file: string;
  /** Its first letter: what is no such letter needs no comparison. */
  readonly first: number;
}

function named(name: string): Writer {
  return { name, file: `${name}.c`, first: name.charCodeAt(0) };
}

const ESCAPE = String.fromCharCode(27);
// All are held to the place where they have to stand and repeat nothing that repeats: they cannot go back far.
const COLOURS = new RegExp(`${ESCAPE}\\[[0-9;]{0,16}[A-Za-z]`, "g");
const SENDER = /[^\s[\]]{1,255} asterisk[^\s:[\]]{0,40}(?:\[\d{1,10}\])?: /y;
const THREAD = / ?\[\d{1,10}\](?:\[C-[0-9a-f]{1,16}\])?:? /y;
const LINE_NUMBER = /(?::\d{1,6}(?: (?:in )?\w{1,80})?)?: {1,2}/y;
const PROJECT = "pjproject: ";
const DIALPLAN = "Ext. ";
const SPACE = 32;
const COLON = 58;
const OPEN = 91;
const CLOSE = 93;

/**
 * Reads what stands before the text of a NOTICE, WARNING, SECURITY, ERROR or VERBOSE of Asterisk: its own stamp, that of syslog, of the journal, or
 * none. `before`: when the line was written at the latest, since the short stamp has no year. Undefined also for lines of those parts of Asterisk
 * that never write about callers: they are most of a log.
 */
export function readPrefix(line: string, before: number): Prefix | undefined {
  const first = line.charCodeAt(0);
  const stamp = stampAt(line, 0, before);
  const level = levelAt(line, stamp.end);
  if (level !== "") {
    const prefix = behindLevel(line, stamp.end, level, stamp.at);
    // A colour may stand behind it, where it is none of those that are read.
    if (prefix !== undefined || first === OPEN || !line.includes(ESCAPE)) return prefix;
  }
  // Most lines of a log that has many: they say nothing about callers, and have no colours either.
  if (first === OPEN && line.startsWith("DEBUG[", stamp.end)) return undefined;
  const plain = line.includes(ESCAPE) ? line.replace(COLOURS, "") : line;
  return readOther(plain, before);
}

/** With the stamp of syslog or of the journal, or without colours. */
function readOther(line: string, before: number): Prefix | undefined {
  let stamp = stampAt(line, 0, before);
  let from = stamp.end;
  let level = levelAt(line, from);
  if (level === "") {
    const sender = endOf(SENDER, line, from);
    if (sender < 0) return undefined;
    const second = stampAt(line, sender, before);
    if (second.end > sender) stamp = second;
    from = second.end;
    level = levelAt(line, from);
    if (level === "") return undefined;
  }
  return behindLevel(line, from, level, stamp.at);
}

function behindLevel(line: string, at: number, level: string, stamp: number | undefined): Prefix | undefined {
  let from = threadEnd(line, at + level.length);
  if (from < 0) return undefined;
  if (line.startsWith(FOLDER, from)) from += FOLDER.length;
  const first = line.charCodeAt(from);
  for (const writer of level === "VERBOSE" ? VERBOSE_WRITERS : WRITERS) {
    if (writer.first !== first || !line.startsWith(writer.file, from)) continue;
    const text = textStart(line, from + writer.file.length);
    return text < 0 ? undefined : { at: stamp, level, by: writer.name, text: line.slice(text) };
  }
  return other(line, from, level, stamp);
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
    if (i > at + 1 && line.charCodeAt(i) === CLOSE) {
      if (line.charCodeAt(i + 1) === SPACE) return i + 2;
      // Of eight digits, as all but the longest running ones have.
      if (line.startsWith("[C-", i + 1) && line.startsWith("] ", i + 12)) return i + 14;
    }
  }
  return endOf(THREAD, line, at);
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
