import { BYTES } from "./bytes.ts";

/** Character classes of RFC 3261 25.1, one table look-up per character. Functions here read BYTES: call `load` before. */

/** token. */
export const TOKEN = 1;
/** user part of a URI, without escapes and without the ":" of a password. */
export const USER = 2;
/** Value or name of a URI parameter, without escapes. */
export const PARAM = 4;
/** Name or value of a URI header, without escapes. */
export const HNV = 8;
/** Host name or IPv4 address. "_" is no host character by the RFC, but names with it are in use: tolerated on purpose. */
export const HOST = 16;
/** word (Call-ID). */
export const WORD = 32;
/** Space, tab, and the CR and LF of a folded line: the scanner leaves CRLF inside a value only where a line is folded. */
export const LWS = 64;
/** Anything an opaque absolute URI may hold (RFC 2396 uric), without escapes. */
export const URIC = 128;

const ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const MARK = "-_.!~*'()";

/** Class bits by character code 0..255. */
export const CLASS: Uint8Array = classTable([
  [TOKEN, `${ALNUM}-.!%*_+\`'~`],
  [USER, `${ALNUM}${MARK}&=+$,;?/`],
  [PARAM, `${ALNUM}${MARK}[]/:&+$`],
  [HNV, `${ALNUM}${MARK}[]/?:+$`],
  [HOST, `${ALNUM}-._`],
  [WORD, `${ALNUM}-.!%*_+\`'~()<>:\\"/[]?{}`],
  [LWS, " \t\r\n"],
  [URIC, `${ALNUM}${MARK};/?:@&=+$,[]`],
]);

function classTable(rows: [number, string][]): Uint8Array {
  const table = new Uint8Array(256);
  for (const [bit, characters] of rows) for (const c of characters) table[c.charCodeAt(0)] |= bit;
  return table;
}

/** Offset of the first byte at or after `at` that is not white space; `end` at most. */
export function skipLws(at: number, end: number): number {
  while (at < end && (CLASS[BYTES[at]] & LWS) !== 0) at++;
  return at;
}

/** Offset of the first byte at or after `at` that is not of the classes in `mask`; `end` at most. */
export function skipClass(at: number, end: number, mask: number): number {
  while (at < end && (CLASS[BYTES[at]] & mask) !== 0) at++;
  return at;
}

/** Offset of the first byte at or after `at` that is no decimal digit; `end` at most. */
export function skipDigits(at: number, end: number): number {
  while (at < end && BYTES[at] >= 48 && BYTES[at] <= 57) at++;
  return at;
}

/** Offset behind the last byte of the span that is not white space. */
export function trimEnd(start: number, end: number): number {
  while (end > start && (CLASS[BYTES[end - 1]] & LWS) !== 0) end--;
  return end;
}

/** True when the span is `lower`, compared without case; `lower` holds lower-case letters, digits, "-", "." and "*" only. */
export function sameName(start: number, end: number, lower: string): boolean {
  const length = lower.length;
  if (end - start !== length) return false;
  for (let i = 0; i < length; i++) if ((BYTES[start + i] | 32) !== lower.charCodeAt(i)) return false;
  return true;
}

/** True when a "%" with two hexadecimal digits stands at `at`, all before `end`. */
export function isEscape(at: number, end: number): boolean {
  return at + 2 < end && BYTES[at] === 37 && hexDigit(BYTES[at + 1]) >= 0 && hexDigit(BYTES[at + 2]) >= 0;
}

/** Value of a hexadecimal digit, -1 for any other character. */
export function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The decimal number that fills the span, or -1: empty, not digits only, or above `max`. Any number of leading zeros. */
export function readNumber(start: number, end: number, max: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = BYTES[i] - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > max) return -1;
  }
  return value;
}

/** The text of a span with each folding (CRLF and white space) as one space. The span itself when nothing is folded. */
export function unfold(text: string, start: number, end: number): string {
  const raw = text.slice(start, end);
  return raw.includes("\n") ? raw.replace(/[ \t]*\r\n[ \t]+/g, " ") : raw;
}
