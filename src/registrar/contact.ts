import type { NameAddr } from "../sip/index.ts";

/** RFC 3261 20.10, 20.19: what a malformed expiry means. */
export const MALFORMED_EXPIRES = 3_600;

/** The parameters of a contact that mean something to a registrar. */
export interface ContactParams {
  /** Requested seconds; -1 when it says none. */
  expires: number;
  /** In thousandths. */
  q: number;
  /** `+sip.instance` without quotes; empty for none. */
  instance: string;
  /** `reg-id`; 0 for none or a bad one. */
  regId: number;
  /** All of them as written, without `expires` and without line folding. */
  kept: string;
}

/** Reads the parameters of a contact in one pass: a renewal is the commonest request of all. */
export function readParams(contact: NameAddr): ContactParams {
  const { params } = contact;
  const read: ContactParams = { expires: -1, q: 1_000, instance: "", regId: 0, kept: params };
  const { length } = params;
  let kept = "";
  let keptTo = 0;
  for (let start = 0; start < length; ) {
    const end = paramEnd(params, start + 1);
    if (take(read, params, start + 1, end)) {
      kept += params.slice(keptTo, start);
      keptTo = end;
    }
    start = end;
  }
  if (keptTo > 0) read.kept = kept + params.slice(keptTo);
  read.kept = unfold(read.kept);
  return read;
}

/** RFC 3261 7.3.1: a folded line means the same with one space. What we keep must never carry a line end of its own. */
export function unfold(text: string): string {
  return text.includes("\r") || text.includes("\n") ? text.replace(/\s*[\r\n]+\s*/g, " ") : text;
}

/** Offset of the ";" that ends the parameter, or the end of the text. */
function paramEnd(text: string, from: number): number {
  let quoted = false;
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) quoted = !quoted;
    else if (c === 92 && quoted) i++;
    else if (c === 59 && !quoted) return i;
  }
  return text.length;
}

/** Reads one parameter, text[from, end). True when it is `expires`. */
function take(read: ContactParams, text: string, from: number, end: number): boolean {
  let start = from;
  while (start < end && text.charCodeAt(start) <= 32) start++;
  let stop = start;
  while (stop < end && text.charCodeAt(stop) !== 61 && text.charCodeAt(stop) > 32) stop++;
  switch (stop - start) {
    case 1:
      if (text.charCodeAt(start) === 113 || text.charCodeAt(start) === 81) read.q = qOf(valueAt(text, stop, end));
      return false;
    case 6:
      if (isNamed(text, start, stop, "reg-id")) read.regId = regIdOf(valueAt(text, stop, end));
      return false;
    case 7:
      if (!isNamed(text, start, stop, "expires")) return false;
      read.expires = expiresOf(valueAt(text, stop, end));
      return true;
    case 13:
      if (isNamed(text, start, stop, "+sip.instance")) read.instance = unquoted(valueAt(text, stop, end));
      return false;
    default:
      return false;
  }
}

function isNamed(text: string, start: number, end: number, name: string): boolean {
  return text.slice(start, end).toLowerCase() === name;
}

/** What stands behind "=", without white space around it; empty for a flag. */
function valueAt(text: string, stop: number, end: number): string {
  let equals = stop;
  while (equals < end && text.charCodeAt(equals) !== 61) equals++;
  return text.slice(equals + 1, end).trim();
}

function unquoted(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  const inner = value.slice(1, -1);
  return inner.includes("\\") ? inner.replace(/\\(.)/g, "$1") : inner;
}

/** RFC 3261 20.10: 0 to 2^32 - 1; a malformed one means 3600. */
function expiresOf(value: string): number {
  const seconds = digits(value, 10);
  return seconds < 0 || seconds >= 2 ** 32 ? MALFORMED_EXPIRES : seconds;
}

/** RFC 5626 4.2: 1 to 2^31 - 1. */
function regIdOf(value: string): number {
  const id = digits(value, 10);
  return id > 0 && id < 2 ** 31 ? id : 0;
}

/** RFC 3261 20.10 `q`. 1000 when it is no qvalue: a phone that ranks nothing is reached first. */
function qOf(value: string): number {
  if (value === "" || value.length > 5) return 1_000;
  const whole = value.charCodeAt(0) - 48;
  if (whole < 0 || whole > 1 || (value.length > 1 && value[1] !== ".")) return 1_000;
  const decimals = value.slice(2);
  const thousandths = decimals === "" ? 0 : digits(decimals.padEnd(3, "0"), 3);
  return thousandths < 0 ? 1_000 : Math.min(whole * 1_000 + thousandths, 1_000);
}

/** The number that at most `most` decimal digits write; leading zeros do not count. -1 when it is none. */
function digits(text: string, most: number): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9 || value >= 10 ** most) return -1;
    value = value * 10 + digit;
  }
  return text === "" ? -1 : value;
}
