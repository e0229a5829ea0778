import { Failure } from "../base/index.ts";
import { load } from "./bytes.ts";
import { readNumber, skipDigits, skipLws, skipToken, skipWord, TABLES, unfold } from "./chars.ts";
import { methodName } from "./methods.ts";
import { skipParams } from "./params.ts";
import { quotedEnd } from "./quoted.ts";

/** Parsers of the plain kinds of header values. Each reads text[start, end), trimmed of white space at both ends. */

const { bytes } = TABLES;
const MAX_32 = 4_294_967_295;

export interface CSeq {
  /** 0 .. 2^32-1; `check` holds requests to less than 2^31. */
  readonly number: number;
  readonly method: string;
}

/** A value with parameters: `value` as written, without white space around it; `params` as written from the first ";" on, or "". */
export interface Valued {
  readonly value: string;
  readonly params: string;
}

/** Seconds with what may follow them (Retry-After, Session-Expires, Min-SE). */
export interface Delta {
  readonly seconds: number;
  readonly params: string;
}

/** RFC 3261 20.43. */
export interface Warning {
  readonly code: number;
  readonly agent: string;
  /** As written, quotes included. */
  readonly text: string;
}

/** RFC 3262 7.2. */
export interface RAck {
  readonly rseq: number;
  readonly cseq: number;
  readonly method: string;
}

export function parseCSeq(text: string, start: number, end: number): CSeq | Failure {
  load(text);
  return readCSeq(text, start, end);
}

/** `parseCSeq` for a text that is loaded. */
export function readCSeq(text: string, start: number, end: number): CSeq | Failure {
  const i = skipDigits(start, end);
  const number = readNumber(start, i, MAX_32);
  const methodAt = skipLws(i, end);
  // RFC 3261 20.16: a 32-bit number, white space, the method.
  if (number < 0 || methodAt === i || methodAt >= end || skipToken(methodAt, end) !== end) {
    return new Failure("SIP_BAD_CSEQ", "header/cseq", start, 400);
  }
  return { number, method: methodName(text, methodAt, end) };
}

export function printCSeq(c: CSeq): string {
  return `${c.number} ${c.method}`;
}

/** RFC 3261 25.1: callid is word [ "@" word ]. */
export function parseCallId(text: string, start: number, end: number): string | Failure {
  load(text);
  return readCallId(text, start, end);
}

/** `parseCallId` for a text that is loaded. */
export function readCallId(text: string, start: number, end: number): string | Failure {
  let i = skipWord(start, end);
  if (i > start && i + 1 < end && bytes[i] === 64) i = skipWord(i + 1, end);
  if (i !== end || start === end) return new Failure("SIP_BAD_CALL_ID", "header/call-id", start, 400);
  return text.slice(start, end);
}

export function parseUint32(text: string, start: number, end: number): number | Failure {
  load(text);
  const value = readNumber(start, end, MAX_32);
  return value < 0 ? new Failure("SIP_BAD_NUMBER", "header", start, 400) : value;
}

/** RFC 3261 20.22: 0 to 255. */
export function parseMaxForwards(text: string, start: number, end: number): number | Failure {
  load(text);
  return readMaxForwards(start, end);
}

/** `parseMaxForwards` for a text that is loaded. */
export function readMaxForwards(start: number, end: number): number | Failure {
  const value = readNumber(start, end, 255);
  return value < 0 ? new Failure("SIP_BAD_MAX_FORWARDS", "header/max-forwards", start, 400) : value;
}

export function parseContentLength(text: string, start: number, end: number): number | Failure {
  load(text);
  const value = readNumber(start, end, MAX_32);
  return value < 0 ? new Failure("SIP_BAD_CONTENT_LENGTH", "header/content-length", start, 400) : value;
}

/** Any text; folds come out as one space. Never fails. */
export function parseText(text: string, start: number, end: number): string {
  return unfold(text, start, end);
}

export function parseToken(text: string, start: number, end: number): string | Failure {
  load(text);
  if (start === end || skipToken(start, end) !== end) return new Failure("SIP_BAD_TOKEN", "header", start, 400);
  return text.slice(start, end);
}

export function printText(value: string): string {
  return value;
}

export function printNumber(value: number): string {
  return String(value);
}

/** A value without white space or ";" in it, then parameters. RFC 3261 25.1: a media type may have white space around its slash. */
export function parseValued(text: string, start: number, end: number): Valued | Failure {
  load(text);
  const first = visibleEnd(start, end);
  let stop = first;
  let gap = skipLws(first, end);
  if (gap > first && gap < end && (bytes[gap] === 47 || bytes[first - 1] === 47)) {
    const rest = skipLws(bytes[gap] === 47 ? gap + 1 : gap, end);
    stop = visibleEnd(rest, end);
    if (stop === rest) return badValue(start);
    gap = skipLws(stop, end);
  }
  if (first === start || skipParams(gap, end) !== end) return badValue(start);
  return { value: text.slice(start, stop).replace(/[ \t\r\n]/g, ""), params: text.slice(gap, end) };
}

function visibleEnd(at: number, end: number): number {
  while (at < end && bytes[at] > 32 && bytes[at] !== 59) at++;
  return at;
}

function badValue(at: number): Failure {
  return new Failure("SIP_BAD_VALUE", "header", at, 400);
}

export function printValued(v: Valued): string {
  return v.value + v.params;
}

/** RFC 3261 20.33: seconds, an optional comment, parameters. The comment is passed over. */
export function parseDelta(text: string, start: number, end: number): Delta | Failure {
  load(text);
  const i = skipDigits(start, end);
  const seconds = readNumber(start, i, MAX_32);
  let at = skipLws(i, end);
  if (at < end && bytes[at] === 40) at = skipLws(commentEnd(at, end), end);
  if (seconds < 0 || skipParams(at, end) !== end) return new Failure("SIP_BAD_DELTA", "header", start, 400);
  return { seconds, params: text.slice(at, end) };
}

export function printDelta(d: Delta): string {
  return d.seconds + d.params;
}

/** Offset behind the comment that opens at `at` (RFC 3261 25.1: comments nest); `end + 1` when it is not closed. */
function commentEnd(at: number, end: number): number {
  let depth = 0;
  for (let i = at; i < end; i++) {
    const c = bytes[i];
    if (c === 40) depth++;
    else if (c === 92) i++;
    else if (c === 41 && --depth === 0) return i + 1;
  }
  return end + 1;
}

/** RFC 3261 20.43: three digits, agent, quoted text. */
export function parseWarning(text: string, start: number, end: number): Warning | Failure {
  load(text);
  const code = readNumber(start, Math.min(start + 3, end), 999);
  const agentAt = start + 4;
  let i = agentAt;
  while (i < end && bytes[i] !== 32) i++;
  const quoteAt = skipLws(i, end);
  const bad = code < 100 || i === agentAt || bytes[start + 3] !== 32 || bytes[quoteAt] !== 34;
  if (bad || quoteAt >= end || quotedEnd(quoteAt, end) !== end)
    return new Failure("SIP_BAD_WARNING", "header/warning", start, 400);
  return { code, agent: text.slice(agentAt, i), text: text.slice(quoteAt, end) };
}

export function printWarning(w: Warning): string {
  return `${w.code} ${w.agent} ${w.text}`;
}

export function parseRAck(text: string, start: number, end: number): RAck | Failure {
  load(text);
  const i = skipDigits(start, end);
  const rseq = readNumber(start, i, MAX_32);
  const cseq = parseCSeq(text, skipLws(i, end), end);
  if (rseq < 0 || cseq instanceof Failure) return new Failure("SIP_BAD_RACK", "header/rack", start, 400);
  return { rseq, cseq: cseq.number, method: cseq.method };
}

export function printRAck(r: RAck): string {
  return `${r.rseq} ${r.cseq} ${r.method}`;
}

const DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;

/** RFC 3261 20.17: an RFC 1123 date, GMT only. Milliseconds since 1970. */
export function parseDate(text: string, start: number, end: number): number | Failure {
  const match = end - start === 29 ? DATE.exec(text.slice(start, end)) : null;
  const ms = match === null ? Number.NaN : Date.parse(match[0]);
  return Number.isNaN(ms) ? new Failure("SIP_BAD_DATE", "header/date", start, 400) : ms;
}

export function printDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** Offset of the first "," outside quotes and angle brackets in a span of BYTES; `end` when there is none. */
export function valueEnd(start: number, end: number): number {
  let bracket = false;
  for (let i = start; i < end; i++) {
    const c = bytes[i];
    if (c === 34) {
      const behind = quotedEnd(i, end);
      if (behind < 0) return end;
      i = behind - 1;
    } else if (c === 60) bracket = true;
    else if (c === 62) bracket = false;
    else if (c === 44 && !bracket) return i;
  }
  return end;
}
