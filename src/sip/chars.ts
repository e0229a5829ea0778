/** Character classes of RFC 3261 25.1, one table look-up per character. */

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
export const CLASS = classTable([
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

/** Offset of the first character at or after `at` that is not white space; `end` at most. */
export function skipLws(text: string, at: number, end: number): number {
  while (at < end && (CLASS[text.charCodeAt(at)] & LWS) !== 0) at++;
  return at;
}

/** Offset of the first character at or after `at` that is not of the classes in `mask`; `end` at most. */
export function skipClass(text: string, at: number, end: number, mask: number): number {
  while (at < end && (CLASS[text.charCodeAt(at)] & mask) !== 0) at++;
  return at;
}

/** True when text[start, end) is `lower`, compared without case; `lower` holds lower-case letters, digits and "-" only. */
export function sameName(text: string, start: number, end: number, lower: string): boolean {
  if (end - start !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) if ((text.charCodeAt(start + i) | 32) !== lower.charCodeAt(i)) return false;
  return true;
}

/** True when `at` is a "%" with two hexadecimal digits after it, all before `end`. */
export function isEscape(text: string, at: number, end: number): boolean {
  return (
    at + 2 < end &&
    text.charCodeAt(at) === 37 &&
    hexDigit(text.charCodeAt(at + 1)) >= 0 &&
    hexDigit(text.charCodeAt(at + 2)) >= 0
  );
}

/** Value of a hexadecimal digit, -1 for any other character. */
export function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The decimal number that fills text[start, end), or -1: empty, not digits only, or above `max`. Any number of leading zeros. */
export function readNumber(text: string, start: number, end: number, max: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > max) return -1;
  }
  return value;
}

/** The text of a span with each folding (CRLF and white space) as one space. The span itself when nothing is folded. */
export function unfold(text: string, start: number, end: number): string {
  const raw = text.slice(start, end);
  if (!raw.includes("\n")) return raw;
  return raw.replace(/[ \t]*\r\n[ \t]+/g, " ");
}
