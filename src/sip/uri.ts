import { Failure, isFailure, LIMITS } from "../base/index.ts";
import { CLASS, HNV, HOST, hexDigit, isEscape, PARAM, readNumber, sameName, USER } from "./chars.ts";
import { scanOtherUri, schemeEnd } from "./uri-other.ts";

/** A URI taken apart (RFC 3261 19.1.1). Of schemes other than sip and sips only `text`, `scheme`, `user` (tel) and `params` say something. */
export interface Uri {
  readonly text: string;
  /** Lower case. */
  readonly scheme: string;
  /** As written, escapes included; "" for none. */
  readonly user: string;
  readonly password: string;
  /** Lower case, IPv6 without brackets; "" when the scheme has no host. */
  readonly host: string;
  /** 0 for none. */
  readonly port: number;
  /** As written from the first ";" on, or "". */
  readonly params: string;
  /** As written behind the "?", or "". */
  readonly headers: string;
}

/** Where `scanUri` stopped: the offset behind the last character of the URI. */
export let uriStop = 0;

/**
 * Reads the URI that fills text[start, end).
 * Failure: `SIP_BAD_URI` (400), `SIP_URI_TOO_LONG` (414).
 */
export function parseUri(text: string, start = 0, end = text.length): Uri | Failure {
  const uri = scanUri(text, start, end, false);
  if (!isFailure(uri) && uriStop !== end) return badUri(uriStop);
  return uri;
}

/**
 * Reads the URI that begins at `start` and leaves in `uriStop` where it ended.
 * `bare`: RFC 3261 20: without angle brackets ";" "?" and "," are not the URI's, so it ends at the first of them.
 */
export function scanUri(text: string, start: number, end: number, bare: boolean): Uri | Failure {
  const scheme = schemeEnd(text, start, end);
  if (scheme < 0) return badUri(start);
  const isSip = sameName(text, start, scheme, "sip");
  if (!isSip && !sameName(text, start, scheme, "sips")) {
    const uri = scanOtherUri(text, start, scheme, end, bare);
    if (uri === undefined) return badUri(start);
    uriStop = start + uri.text.length;
    return uri;
  }
  return scanSip(text, start, scheme + 1, end, bare, isSip ? "sip" : "sips");
}

function scanSip(text: string, start: number, at: number, end: number, bare: boolean, scheme: string): Uri | Failure {
  const userEnd = findUserEnd(text, at, end, bare);
  let user = "";
  let password = "";
  let i = at;
  if (userEnd >= 0) {
    const split = colon < 0 ? userEnd : colon;
    if (split === at) return badUri(at);
    user = text.slice(at, split);
    if (colon >= 0) password = text.slice(colon + 1, userEnd);
    i = userEnd + 1;
  }
  i = scanHostPort(text, i, end);
  if (i < 0) return badUri(userEnd < 0 ? at : userEnd + 1);
  const host = hostText;
  const port = hostPortNumber;
  let params = "";
  let headers = "";
  if (i < end && !bare && text.charCodeAt(i) === 59) {
    const from = i;
    i = scanParams(text, i, end);
    if (i < 0) return badUri(from);
    params = text.slice(from, i);
  }
  if (i < end && text.charCodeAt(i) === 63) {
    const from = i + 1;
    i = bare ? -1 : scanHeaders(text, from, end);
    if (i < 0) return badUri(from - 1);
    headers = text.slice(from, i);
  }
  if (i - start > LIMITS.uri) return new Failure("SIP_URI_TOO_LONG", "uri", start, 414);
  uriStop = i;
  return { text: text.slice(start, i), scheme, user, password, host, port, params, headers };
}

let colon = -1;

/** Offset of the "@" that ends the user part, -1 when there is none; `colon` is where a password begins, -1 for none. */
function findUserEnd(text: string, at: number, end: number, bare: boolean): number {
  colon = -1;
  for (let i = at; i < end; i++) {
    const c = text.charCodeAt(i);
    if ((CLASS[c] & USER) !== 0) {
      if (bare && (c === 59 || c === 44 || c === 63)) return -1;
    } else if (c === 64) return i;
    else if (c === 58 && colon < 0) colon = i;
    else if (c === 37 && isEscape(text, i, end)) i += 2;
    else return -1;
  }
  return -1;
}

/** What `scanHostPort` read. */
export let hostText = "";
export let hostPortNumber = 0;

/**
 * Reads host [":" port] at `at` into `hostText` (lower case, no brackets) and `hostPortNumber` (0: none).
 * Gives the offset behind it, -1 when it is malformed. An IPv6 reference is held to its characters only: RFC 5118 4.10
 * asks for lenience with one colon too many.
 */
export function scanHostPort(text: string, at: number, end: number): number {
  let i = at;
  if (i < end && text.charCodeAt(i) === 91) {
    i = bracketEnd(text, at, end);
    if (i < 0) return -1;
    hostText = text.slice(at + 1, i - 1).toLowerCase();
  } else {
    let upper = false;
    let c = 46;
    for (; i < end; i++) {
      const next = text.charCodeAt(i);
      if ((CLASS[next] & HOST) === 0) break;
      if (next === 46 && c === 46) return -1;
      if (next >= 65 && next <= 90) upper = true;
      c = next;
    }
    if (i === at) return -1;
    hostText = upper ? text.slice(at, i).toLowerCase() : text.slice(at, i);
  }
  hostPortNumber = 0;
  return i < end && text.charCodeAt(i) === 58 ? scanPort(text, i + 1, end) : i;
}

/** Reads the digits of a port at `at` into `hostPortNumber`; -1 when there are none or they are not 1..65535. */
export function scanPort(text: string, at: number, end: number): number {
  let i = at;
  while (i < end && text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57) i++;
  hostPortNumber = readNumber(text, at, i, 65_535);
  return hostPortNumber > 0 ? i : -1;
}

function bracketEnd(text: string, at: number, end: number): number {
  let colons = 0;
  for (let i = at + 1; i < end && i < at + 48; i++) {
    const c = text.charCodeAt(i);
    if (c === 93) return colons >= 2 ? i + 1 : -1;
    if (c === 58) colons++;
    else if (c !== 46 && hexDigit(c) < 0) return -1;
  }
  return -1;
}

/** RFC 3261 25.1 uri-parameters: every ";" is followed by a name, every "=" by a value. Offset behind them, or -1. */
function scanParams(text: string, at: number, end: number): number {
  let i = at;
  while (i < end && text.charCodeAt(i) === 59) {
    const name = i + 1;
    i = skipEscaped(text, name, end, PARAM);
    if (i === name) return -1;
    if (i < end && text.charCodeAt(i) === 61) {
      const value = i + 1;
      i = skipEscaped(text, value, end, PARAM);
      if (i === value) return -1;
    }
  }
  return i;
}

/** RFC 3261 25.1 headers: name "=" value, joined by "&"; a value may be empty. Offset behind them, or -1. */
function scanHeaders(text: string, at: number, end: number): number {
  let i = at - 1;
  do {
    const name = i + 1;
    i = skipEscaped(text, name, end, HNV);
    if (i === name || i >= end || text.charCodeAt(i) !== 61) return -1;
    i = skipEscaped(text, i + 1, end, HNV);
  } while (i < end && text.charCodeAt(i) === 38);
  return i;
}

function skipEscaped(text: string, at: number, end: number, mask: number): number {
  for (; at < end; at++) {
    const c = text.charCodeAt(at);
    if ((CLASS[c] & mask) !== 0) continue;
    if (c !== 37 || !isEscape(text, at, end)) break;
    at += 2;
  }
  return at;
}

function badUri(at: number): Failure {
  return new Failure("SIP_BAD_URI", "uri", at, 400);
}
