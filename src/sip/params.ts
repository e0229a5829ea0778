import { load } from "./bytes.ts";
import { sameName, skipLws, skipToken, TABLES } from "./chars.ts";
import { quotedEnd, unquote } from "./quoted.ts";

const { bytes, lws, value } = TABLES;

const param = { nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0, end: 0, quoted: false };

/** Where `nextParam` found its last parameter: the same object each time, so that a walk over parameters allocates nothing. */
export const PARAM: typeof param = param;

/**
 * Reads the parameter whose ";" stands at `at` in BYTES (RFC 3261 25.1 generic-param) into PARAM; `PARAM.end` is where it ends.
 * Gives the offset behind it and behind white space that follows, -1 when it is malformed. `valueStart` is -1 for a flag.
 */
export function nextParam(at: number, end: number): number {
  let i = (at + 1) | 0;
  end |= 0;
  if (lws[bytes[i]] === 1) i = skipLws(i, end);
  param.nameStart = i;
  i = skipToken(i, end);
  if (i === param.nameStart) return -1;
  param.nameEnd = i;
  param.end = i;
  param.valueStart = -1;
  param.quoted = false;
  if (i < end && lws[bytes[i]] === 1) i = skipLws(i, end);
  if (i >= end || bytes[i] !== 61) return i;
  i++;
  if (lws[bytes[i]] === 1) i = skipLws(i, end);
  param.valueStart = i;
  if (bytes[i] === 34 && i < end) {
    i = quotedEnd(i, end);
    param.quoted = true;
  } else while (i < end && value[bytes[i]] === 1) i++;
  if (i < 0 || i === param.valueStart) return -1;
  param.valueEnd = i;
  param.end = i;
  return i < end && lws[bytes[i]] === 1 ? skipLws(i, end) : i;
}

/** Walks over all parameters from `at`, where a ";" may stand. Gives the offset behind them, -1 when one is malformed. */
export function skipParams(at: number, end: number): number {
  while (at >= 0 && at < end && bytes[at] === 59) at = nextParam(at, end);
  return at;
}

/** Value of the parameter `name` (lower case) in text[start, end), which begins with ";": unquoted, "" for a flag, undefined when absent. */
export function paramOf(text: string, name: string, start = 0, end: number = text.length): string | undefined {
  load(text);
  let at = start;
  while (at >= 0 && at < end && bytes[at] === 59) {
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
