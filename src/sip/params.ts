import { BYTES, load } from "./bytes.ts";
import { CLASS, LWS, sameName, skipClass, skipLws, TOKEN } from "./chars.ts";
import { quotedEnd, unquote } from "./quoted.ts";

/** Where `nextParam` found its last parameter: numbers of the module, so that a walk over parameters allocates nothing. */
export const param = { nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0, end: 0, quoted: false };

/** A gen-value is a token or a host (RFC 3261 25.1), so "[", "]" and ":" belong to it; the others stand in values in use. */
const VALUE: Uint8Array = CLASS.map((c) => c & TOKEN);
for (const c of "[]:/@&?$#") VALUE[c.charCodeAt(0)] = 1;

/**
 * Reads the parameter whose ";" stands at `at` in BYTES (RFC 3261 25.1 generic-param) into `param`; `param.end` is where it ends.
 * Gives the offset behind it and behind white space that follows, -1 when it is malformed. `valueStart` is -1 for a flag.
 */
export function nextParam(at: number, end: number): number {
  let i = at + 1;
  if ((CLASS[BYTES[i]] & LWS) !== 0) i = skipLws(i, end);
  param.nameStart = i;
  i = skipClass(i, end, TOKEN);
  if (i === param.nameStart) return -1;
  param.nameEnd = i;
  param.end = i;
  param.valueStart = -1;
  param.quoted = false;
  if (i < end && (CLASS[BYTES[i]] & LWS) !== 0) i = skipLws(i, end);
  if (i >= end || BYTES[i] !== 61) return i;
  i++;
  if ((CLASS[BYTES[i]] & LWS) !== 0) i = skipLws(i, end);
  param.valueStart = i;
  if (BYTES[i] === 34 && i < end) {
    i = quotedEnd(i, end);
    param.quoted = true;
  } else while (i < end && VALUE[BYTES[i]] !== 0) i++;
  if (i < 0 || i === param.valueStart) return -1;
  param.valueEnd = i;
  param.end = i;
  return i < end && (CLASS[BYTES[i]] & LWS) !== 0 ? skipLws(i, end) : i;
}

/** Walks over all parameters from `at`, where a ";" may stand. Gives the offset behind them, -1 when one is malformed. */
export function skipParams(at: number, end: number): number {
  while (at >= 0 && at < end && BYTES[at] === 59) at = nextParam(at, end);
  return at;
}

/** Value of the parameter `name` (lower case) in text[start, end), which begins with ";": unquoted, "" for a flag, undefined when absent. */
export function paramOf(text: string, name: string, start = 0, end: number = text.length): string | undefined {
  load(text);
  let at = start;
  while (at >= 0 && at < end && BYTES[at] === 59) {
    at = nextParam(at, end);
    if (at < 0) return undefined;
    if (!sameName(param.nameStart, param.nameEnd, name)) continue;
    if (param.valueStart < 0) return "";
    return param.quoted
      ? unquote(text, param.valueStart, param.valueEnd)
      : text.slice(param.valueStart, param.valueEnd);
  }
  return undefined;
}
