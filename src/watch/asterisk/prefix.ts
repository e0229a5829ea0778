/** What a line says before its own text. */
export interface Prefix {
  /** Milliseconds as if its clock were UTC's; undefined: the line does not say. */
  readonly at: number | undefined;
  /** Source file without folder and ".c"; "Ext" for what the dialplan wrote. */
  readonly by: string;
  readonly text: string;
}

const DAY = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// All are held to the place where they have to stand and repeat nothing that repeats: they cannot go back far.
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]{0,16}[A-Za-z]`, "g");
const ESCAPE = String.fromCharCode(27);
const FULL = /(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?/y;
const SHORT = /([A-Z][a-z][a-z]) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(\.\d{1,9})?/y;
const SENDER = /[^\s[\]]{1,255} asterisk[^\s:[\]]{0,40}(?:\[\d{1,10}\])?: /y;
const LEVEL = /(?:NOTICE|WARNING|SECURITY|ERROR) ?\[\d{1,10}\](?:\[C-[0-9a-f]{1,16}\])?:? /y;
const SOURCE = /(?:\w{1,32}\/)?(\w{1,64})\.c(?::\d{1,6}(?: (?:in )?\w{1,80})?)?: {1,2}/y;

/**
 * Reads what stands before the text of a NOTICE, WARNING, SECURITY or ERROR of Asterisk: its own stamp, that of syslog, of the journal, or none.
 * `before`: when the line was written at the latest, since the short stamp has no year.
 */
export function readPrefix(line: string, before: number): Prefix | undefined {
  const plain = line.includes(ESCAPE) ? line.replace(COLOURS, "") : line;
  let at = stampAt(plain, 0, before);
  let from = at?.end ?? 0;
  const sender = matchAt(SENDER, plain, from);
  if (sender !== null) {
    from += sender[0].length;
    const second = stampAt(plain, from, before);
    from = second?.end ?? from;
    at = second ?? at;
  }
  const level = matchAt(LEVEL, plain, from);
  if (level === null) return undefined;
  from += level[0].length;
  const source = matchAt(SOURCE, plain, from);
  if (source !== null) return { at: at?.ms, by: source[1], text: plain.slice(from + source[0].length) };
  return plain.startsWith("Ext. ", from) ? { at: at?.ms, by: "Ext", text: plain.slice(from + 5) } : undefined;
}

/** A stamp with the space behind it, in brackets or not. */
function stampAt(
  line: string,
  from: number,
  before: number,
): { readonly ms: number; readonly end: number } | undefined {
  const isBracketed = line[from] === "[";
  const start = isBracketed ? from + 1 : from;
  const full = matchAt(FULL, line, start);
  const short = full === null ? matchAt(SHORT, line, start) : null;
  const hit = full ?? short;
  if (hit === null) return undefined;
  let end = start + hit[0].length;
  if (isBracketed && line[end++] !== "]") return undefined;
  if (line[end] !== " ") return undefined;
  const ms = full === null ? shortTime(hit, before) : fullTime(hit);
  return Number.isNaN(ms) ? undefined : { ms, end: end + 1 };
}

function fullTime([, year, month, day, h, m, s, part]: RegExpExecArray): number {
  return Date.UTC(+year, +month - 1, +day, +h, +m, +s) + milliseconds(part);
}

/** The latest such time that is not after `before`; a day more, for clocks of other time zones. */
function shortTime([, name, day, h, m, s, part]: RegExpExecArray, before: number): number {
  const month = MONTHS.indexOf(name);
  if (month < 0) return Number.NaN;
  const latest = new Date(before + DAY);
  const at = (year: number): number => Date.UTC(year, month, +day, +h, +m, +s) + milliseconds(part);
  const year = latest.getUTCFullYear();
  return at(year) <= latest.getTime() ? at(year) : at(year - 1);
}

function milliseconds(part: string | undefined): number {
  return part === undefined ? 0 : Math.floor(Number(part) * 1_000);
}

function matchAt(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}
