import { Failure, LIMITS } from "../base/index.ts";
import { readNumber, skipDigits, skipLws, skipToken, TABLES, trimEnd } from "./chars.ts";
import type { Scan } from "./message.ts";
import { methodName } from "./methods.ts";

const { bytes } = TABLES;

/** Reads the start line [start, end) into `s`. False when it is none of SIP's, whatever else may be wrong with it. */
export function readStartLine(s: Scan, start: number, end: number): boolean {
  const methodEnd = skipToken(start, end);
  if (methodEnd === start || methodEnd >= end) return false;
  return bytes[methodEnd] === 47 ? statusLine(s, start, end) : requestLine(s, start, methodEnd, end);
}

function requestLine(s: Scan, start: number, methodEnd: number, end: number): boolean {
  const last = trimEnd(start, end);
  let space = last - 1;
  while (space > methodEnd && bytes[space] !== 32) space--;
  if (bytes[methodEnd] !== 32 || space <= methodEnd || versionEnd(space + 1, last) !== last) return false;
  s.isRequest = true;
  s.status = 0;
  s.method = methodName(s.text, start, methodEnd);
  s.uriStart = skipLws(methodEnd, space);
  s.uriEnd = trimEnd(s.uriStart, space);
  // RFC 3261 7.1: single spaces, and no white space elsewhere.
  if (last !== end || s.uriStart !== methodEnd + 1 || s.uriEnd !== space)
    s.fault = bad("SIP_BAD_START_LINE", start, 400);
  // RFC 3261 21.5.6
  else if (!isVersion2(space + 1, last)) s.fault = bad("SIP_VERSION", space + 1, 505);
  else if (methodEnd - start > LIMITS.method) s.fault = bad("SIP_METHOD_TOO_LONG", start, 400);
  return true;
}

function statusLine(s: Scan, start: number, end: number): boolean {
  const version = versionEnd(start, end);
  if (version < 0 || bytes[version] !== 32) return false;
  const codeEnd = skipToken(version + 1, end);
  const status = codeEnd - version === 4 ? readNumber(version + 1, codeEnd, 699) : -1;
  s.isRequest = false;
  s.method = "";
  s.uriStart = 0;
  s.uriEnd = 0;
  s.status = status >= 100 ? status : 0;
  if (!isVersion2(start, version)) s.fault = bad("SIP_VERSION", start, 505);
  // RFC 3261 7.2: three digits and a space; the space before an empty reason is missed out by some and not insisted on.
  else if (s.status === 0 || (codeEnd < end && bytes[codeEnd] !== 32))
    s.fault = bad("SIP_BAD_STATUS", version + 1, 400);
  return true;
}

/** Offset behind "SIP/" digits "." digits at `at`, -1 when that is not there. */
function versionEnd(at: number, end: number): number {
  if (at + 7 > end || !isSip(at) || bytes[at + 3] !== 47) return -1;
  const dot = skipDigits(at + 4, end);
  if (dot === at + 4 || dot >= end || bytes[dot] !== 46) return -1;
  const behind = skipDigits(dot + 1, end);
  return behind === dot + 1 ? -1 : behind;
}

function isSip(at: number): boolean {
  return (bytes[at] | 32) === 115 && (bytes[at + 1] | 32) === 105 && (bytes[at + 2] | 32) === 112;
}

function isVersion2(at: number, end: number): boolean {
  return end - at === 7 && bytes[at + 4] === 50 && bytes[at + 6] === 48;
}

function bad(code: string, at: number, reply: number): Failure {
  return new Failure(code, "start-line", at, reply);
}
