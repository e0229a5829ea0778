import { own } from "../../base/index.ts";

/** When a line was written, as if its clock were UTC's; undefined: it does not say. */
export interface Stamp {
  readonly at: number | undefined;
  /** Offset behind it and its space. */
  readonly end: number;
}

const DAY = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FULL = /(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?/y;
const SHORT = /([A-Z][a-z][a-z]) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(\.\d{1,9})?/y;
const OPEN = 91;

/** The stamp that was read last: of the lines of a busy log most have the one of the line before. Nothing else is kept. */
let last = { text: "", before: 0, at: 0 as number | undefined, end: 0 };

/** A stamp with the space behind it, in brackets or not; `end` is `from` when there is none. */
export function stampAt(line: string, from: number, before: number): Stamp {
  if (from === 0 && before === last.before && last.end > 0 && line.startsWith(last.text)) return last;
  const stamp = readStamp(line, from, before);
  if (from === 0 && stamp.end > 0) last = { text: own(line.slice(0, stamp.end)), before, at: stamp.at, end: stamp.end };
  return stamp;
}

function readStamp(line: string, from: number, before: number): Stamp {
  const none = { at: undefined, end: from };
  const isBracketed = line.charCodeAt(from) === OPEN;
  const start = isBracketed ? from + 1 : from;
  const full = isDigit(line.charCodeAt(start)) ? matchAt(FULL, line, start) : null;
  const hit = full ?? matchAt(SHORT, line, start);
  if (hit === null) return none;
  let end = start + hit[0].length;
  if (isBracketed && line[end++] !== "]") return none;
  if (line[end] !== " ") return none;
  const at = full === null ? shortTime(hit, before) : fullTime(hit);
  return Number.isNaN(at) ? none : { at, end: end + 1 };
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

export function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}
