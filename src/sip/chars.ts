import { BYTES, VIEW } from "./bytes.ts";

const ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const MARK = "-_.!~*'()";

const bytes = BYTES;
const view = VIEW;
const token = table(`${ALNUM}-.!%*_+\`'~`);
const word = table(`${ALNUM}-.!%*_+\`'~()<>:\\"/[]?{}`);
const lws = table(" \t\r\n");

/**
 * BYTES and the character classes of RFC 3261 25.1: 1 for each byte of the class. Modules on the hot path take what they need
 * with `const { bytes, token } = TABLES`: V8 folds a module's own constants into its code, an imported binding or an
 * exported one is loaded anew for every byte (measured: twice the time). `| 0` before a loop tells it that an offset is a
 * 32-bit integer; without, each turn checks and untags it (measured: half as much again).
 */
export const TABLES = {
  bytes,
  token,
  word,
  /** Space, tab, and the CR and LF of a folded line: the scanner leaves CRLF inside a value only where a line is folded. */
  lws,
  /** user part of a URI, without escapes and without the ":" of a password. */
  user: table(`${ALNUM}${MARK}&=+$,;?/`),
  /** The same outside angle brackets (RFC 3261 20: there "," ";" and "?" end the URI). */
  bareUser: table(`${ALNUM}${MARK}&=+$/`),
  /** Name or value of a URI parameter, without escapes. */
  uriParam: table(`${ALNUM}${MARK}[]/:&+$`),
  /** Name or value of a URI header, without escapes. */
  uriHeader: table(`${ALNUM}${MARK}[]/?:+$`),
  /** Host name or IPv4 address. "_" is no host character by the RFC, but names with it are in use: tolerated on purpose. */
  host: table(`${ALNUM}-._`),
  /** gen-value: token or host (so "[", "]", ":"); the others stand in values in use. */
  value: table(`${ALNUM}-.!%*_+\`'~[]:/@&?$#`),
  /** Anything an opaque absolute URI may hold (RFC 2396 uric), without escapes. */
  uric: table(`${ALNUM}${MARK};/?:@&=+$,[]`),
};

function table(characters: string): Uint8Array {
  // An ArrayBuffer of its own: V8 folds the address of such data into the code, not that of small arrays in its heap.
  const out = new Uint8Array(new ArrayBuffer(256));
  for (const c of characters) out[c.charCodeAt(0)] = 1;
  return out;
}

/** Offset of the first byte at or after `at` that is not white space; `end` at most. As all here it reads BYTES: `load` first. */
export function skipLws(at: number, end: number): number {
  let i = at | 0;
  while (i < (end | 0) && lws[bytes[i]] === 1) i++;
  return i;
}

/** Offset of the first byte at or after `at` that is no token character; `end` at most. */
export function skipToken(at: number, end: number): number {
  let i = at | 0;
  while (i < (end | 0) && token[bytes[i]] === 1) i++;
  return i;
}

/** Offset of the first byte at or after `at` that is no word character; `end` at most. */
export function skipWord(at: number, end: number): number {
  let i = at | 0;
  while (i < (end | 0) && word[bytes[i]] === 1) i++;
  return i;
}

/** Offset of the first byte at or after `at` that is no decimal digit; `end` at most. */
export function skipDigits(at: number, end: number): number {
  let i = at | 0;
  while (i < (end | 0) && bytes[i] >= 48 && bytes[i] <= 57) i++;
  return i;
}

/** Offset behind the last byte of the span that is not white space. */
export function trimEnd(start: number, end: number): number {
  while (end > start && lws[bytes[end - 1]] === 1) end--;
  return end;
}

/** True when the span is `lower`, compared without case; `lower` holds lower-case letters, digits, "-", "." and "*" only. */
export function sameName(start: number, end: number, lower: string): boolean {
  const length = lower.length;
  if (end - start !== length) return false;
  for (let i = 0; i < length; i++) if ((bytes[start + i] | 32) !== lower.charCodeAt(i)) return false;
  return true;
}

/** Sets bit 32 of four characters: lower case for letters; "-", "*" and digits have it anyway. */
const LOWER = 0x20202020;

/** A parameter name of up to 12 characters as words of four bytes: one comparison for four characters (`isName`). */
export interface Name {
  readonly length: number;
  readonly mask: number;
  readonly first: number;
  readonly second: number;
  readonly last: number;
}

/** Prepares a name, given in lower case, for `isName`. */
export function nameOf(lower: string): Name {
  const word = (at: number): number => {
    let out = 0;
    for (let i = 0; i < 4; i++) out |= (lower.charCodeAt(at + i) || 0) << (8 * i);
    return out;
  };
  const length = lower.length;
  return {
    length,
    mask: length >= 4 ? -1 : (1 << (8 * length)) - 1,
    first: word(0),
    second: word(4),
    last: word(Math.max(0, length - 4)),
  };
}

/** True when the span, token characters only, is this name in any case. */
export function isName(start: number, end: number, name: Name): boolean {
  const length = name.length;
  if (end - start !== length || ((view.getInt32(start, true) | LOWER) & name.mask) !== name.first) return false;
  if (length <= 4) return true;
  if ((view.getInt32(end - 4, true) | LOWER) !== name.last) return false;
  return length <= 8 || (view.getInt32(start + 4, true) | LOWER) === name.second;
}

/** True when a "%" with two hexadecimal digits stands at `at`, all before `end`. */
export function isEscape(at: number, end: number): boolean {
  return at + 2 < end && bytes[at] === 37 && hexDigit(bytes[at + 1]) >= 0 && hexDigit(bytes[at + 2]) >= 0;
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
    const digit = bytes[i] - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > max) return -1;
  }
  return value;
}

/** The text of a span with each folding (CRLF and the white space around it) as one space. The span itself when nothing is folded. */
export function unfold(text: string, start: number, end: number): string {
  let at = text.indexOf("\r", start);
  if (at < 0 || at >= end) return text.slice(start, end);
  let out = "";
  let from = start;
  while (at >= 0 && at < end) {
    let before = at;
    while (before > from && isBlank(text.charCodeAt(before - 1))) before--;
    out += `${text.slice(from, before)} `;
    from = at + 2;
    while (from < end && isBlank(text.charCodeAt(from))) from++;
    at = text.indexOf("\r", from);
  }
  return out + text.slice(from, end);
}

function isBlank(c: number): boolean {
  return c === 32 || c === 9;
}
