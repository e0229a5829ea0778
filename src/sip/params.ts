import { CLASS, LWS, sameName, skipClass, skipLws, TOKEN } from "./chars.ts";
import { quotedEnd, unquote } from "./quoted.ts";

/** Where `nextParam` found its last parameter. Numbers of the module, so that a walk over parameters allocates nothing. */
export const param = { nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0, quoted: false };

/** Value characters beside token: gen-value may be a host, so "[", "]" and ":" belong to it; "/" and "@" stand in values in use. */
const VALUE_EXTRA = classOf("[]:/@&?$#");

/**
 * Reads the parameter whose ";" stands at `at` (RFC 3261 25.1 generic-param) into `param`.
 * Gives the offset behind it and behind white space that follows, or -1 when it is malformed. `valueStart` is -1 for a flag.
 */
export function nextParam(text: string, at: number, end: number): number {
  let i = skipLws(text, at + 1, end);
  param.nameStart = i;
  i = skipClass(text, i, end, TOKEN);
  if (i === param.nameStart) return -1;
  param.nameEnd = i;
  param.valueStart = -1;
  param.valueEnd = -1;
  param.quoted = false;
  if (i < end && (CLASS[text.charCodeAt(i)] & LWS) !== 0) i = skipLws(text, i, end);
  if (i >= end || text.charCodeAt(i) !== 61) return i;
  i = skipLws(text, i + 1, end);
  param.valueStart = i;
  if (text.charCodeAt(i) === 34 && i < end) {
    i = quotedEnd(text, i, end);
    param.quoted = true;
  } else i = valueEnd(text, i, end);
  if (i < 0 || i === param.valueStart) return -1;
  param.valueEnd = i;
  return i < end && (CLASS[text.charCodeAt(i)] & LWS) !== 0 ? skipLws(text, i, end) : i;
}

/**
 * Reads all parameters from `at` (a ";" or what stops a list) and gives the offset behind them, or -1 when one is malformed.
 */
export function skipParams(text: string, at: number, end: number): number {
  while (at >= 0 && at < end && text.charCodeAt(at) === 59) at = nextParam(text, at, end);
  return at;
}

/** Value of the parameter `name` (lower case) in raw parameters that start with ";": unquoted, "" for a flag, undefined when absent. */
export function paramOf(raw: string, name: string): string | undefined {
  let at = 0;
  while (at >= 0 && at < raw.length && raw.charCodeAt(at) === 59) {
    at = nextParam(raw, at, raw.length);
    if (at < 0) return undefined;
    if (!sameName(raw, param.nameStart, param.nameEnd, name)) continue;
    if (param.valueStart < 0) return "";
    return param.quoted ? unquote(raw, param.valueStart, param.valueEnd) : raw.slice(param.valueStart, param.valueEnd);
  }
  return undefined;
}

function valueEnd(text: string, at: number, end: number): number {
  while (at < end) {
    const c = text.charCodeAt(at);
    if ((CLASS[c] & TOKEN) === 0 && VALUE_EXTRA[c] !== 1) break;
    at++;
  }
  return at;
}

function classOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const c of characters) table[c.charCodeAt(0)] = 1;
  return table;
}
