import { Failure, LIMITS } from "../base/index.ts";
import { CLASS, LWS, readNumber, sameName, skipClass, skipLws, TOKEN } from "./chars.ts";
import { H } from "./headers/index.ts";
import { headerId, MULTIPLIER } from "./headers/lookup.ts";
import { Message, type Scan } from "./message.ts";
import { methodName } from "./methods.ts";
import { trimEnd } from "./values.ts";

const CONTENT_LENGTH = H.contentLength.id;
/** Ids below this may stand once (see headers/row.ts). */
const LISTS = 64;

/**
 * Indexes one message: a datagram, or what the framer cut out of a stream; one character per byte.
 * Failure only when no SIP start line can be made out (`SIP_NOT_SIP`, reply 0: junk is not answered). Everything else that is
 * wrong is kept in the message and given by `check`, so that a reply can still be made.
 */
export function parseMessage(text: string): Message | Failure {
  const start = skipEmptyLines(text);
  let end = text.indexOf("\r", start);
  const bare = end < 0 || text.charCodeAt(end + 1) !== 10;
  if (bare) end = lineEnd(text, start);
  const s = startLine(text, start, end);
  if (s === undefined) return new Failure("SIP_NOT_SIP", "start-line", start, 0);
  if (bare || hasBareLf(text, start, end)) s.fault ??= new Failure("SIP_BAD_LINE", "start-line", start, 400);
  if (text.length > LIMITS.message) s.fault ??= new Failure("SIP_TOO_LARGE", "message", 0, 513);
  headers(s, end);
  return new Message(s);
}

/** RFC 3261 7.5: empty lines before the start line are ignored. */
function skipEmptyLines(text: string): number {
  let at = 0;
  while (text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10) at += 2;
  return at;
}

/** Offset of the next CRLF at or after `at`; the end of the text when there is none. */
function lineEnd(text: string, at: number): number {
  for (let cr = text.indexOf("\r", at); cr >= 0; cr = text.indexOf("\r", cr + 1))
    if (text.charCodeAt(cr + 1) === 10) return cr;
  return text.length;
}

function hasBareLf(text: string, start: number, end: number): boolean {
  const lf = text.indexOf("\n", start);
  return lf >= 0 && lf < end;
}

function startLine(text: string, start: number, end: number): Scan | undefined {
  const s: Scan = {
    text,
    start,
    isRequest: true,
    method: "",
    status: 0,
    uriStart: 0,
    uriEnd: 0,
    headersStart: Math.min(end + 2, text.length),
    headersEnd: text.length,
    bodyStart: text.length,
    bodyEnd: text.length,
    spans: [],
    count: 0,
    twice: 0,
    fault: undefined,
  };
  const methodEnd = skipClass(text, start, end, TOKEN);
  if (methodEnd === start || methodEnd >= end) return undefined;
  if (text.charCodeAt(methodEnd) === 47) return statusLine(s, start, end) ? s : undefined;
  return requestLine(s, start, methodEnd, end) ? s : undefined;
}

function requestLine(s: Scan, start: number, methodEnd: number, end: number): boolean {
  const text = s.text;
  const last = trimEnd(text, start, end);
  let space = last - 1;
  while (space > methodEnd && text.charCodeAt(space) !== 32) space--;
  const version = versionEnd(text, space + 1, last);
  if (text.charCodeAt(methodEnd) !== 32 || space <= methodEnd || version !== last) return false;
  s.method = methodName(text, start, methodEnd);
  s.uriStart = skipLws(text, methodEnd, space);
  s.uriEnd = trimEnd(text, s.uriStart, space);
  // RFC 3261 7.1: single spaces, and no white space elsewhere.
  if (last !== end || s.uriStart !== methodEnd + 1 || s.uriEnd !== space)
    s.fault = badStart("SIP_BAD_START_LINE", start, 400);
  // RFC 3261 21.5.6
  else if (!isVersion2(text, space + 1, last)) s.fault = badStart("SIP_VERSION", space + 1, 505);
  else if (methodEnd - start > LIMITS.method) s.fault = badStart("SIP_METHOD_TOO_LONG", start, 400);
  return true;
}

function statusLine(s: Scan, start: number, end: number): boolean {
  const text = s.text;
  const version = versionEnd(text, start, end);
  if (version < 0 || text.charCodeAt(version) !== 32) return false;
  s.isRequest = false;
  const codeEnd = skipClass(text, version + 1, end, TOKEN);
  const status = codeEnd - version === 4 ? readNumber(text, version + 1, codeEnd, 699) : -1;
  s.status = status >= 100 ? status : 0;
  if (!isVersion2(text, start, version)) s.fault = badStart("SIP_VERSION", start, 505);
  // RFC 3261 7.2: three digits and a space; the space before an empty reason is missed out by some and not insisted on.
  else if (s.status === 0 || (codeEnd < end && text.charCodeAt(codeEnd) !== 32))
    s.fault = badStart("SIP_BAD_STATUS", version + 1, 400);
  return true;
}

/** Offset behind "SIP/" digits "." digits at `at`, -1 when that is not there. */
function versionEnd(text: string, at: number, end: number): number {
  if (at + 7 > end || !sameName(text, at, at + 3, "sip") || text.charCodeAt(at + 3) !== 47) return -1;
  const dot = digitsEnd(text, at + 4, end);
  if (dot === at + 4 || dot >= end || text.charCodeAt(dot) !== 46) return -1;
  const behind = digitsEnd(text, dot + 1, end);
  return behind === dot + 1 ? -1 : behind;
}

function isVersion2(text: string, at: number, end: number): boolean {
  return end - at === 7 && text.charCodeAt(at + 4) === 50 && text.charCodeAt(at + 6) === 48;
}

function digitsEnd(text: string, at: number, end: number): number {
  while (at < end && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at++;
  return at;
}

/** Indexes the header lines behind the start line that ends at `at`, and finds the body. HOT. */
function headers(s: Scan, at: number): void {
  const text = s.text;
  const spans = s.spans;
  const length = text.length;
  let i = s.headersStart;
  let count = 0;
  let seenLow = 0;
  let seenHigh = 0;
  let lengthAt = -1;
  let lengthEnd = -1;
  if (at >= length) s.fault ??= badHeaders("SIP_NO_END", length, 400);
  while (i < length) {
    const nameAt = i;
    let c = text.charCodeAt(i);
    if (c === 13 && text.charCodeAt(i + 1) === 10) {
      s.bodyStart = i + 2;
      break;
    }
    if (count === LIMITS.headers) {
      s.fault ??= badHeaders("SIP_TOO_MANY_HEADERS", i, 513);
      break;
    }
    let hash = 0;
    while ((CLASS[c] & TOKEN) !== 0) {
      hash = (Math.imul(hash, MULTIPLIER) + (c | 32)) | 0;
      i++;
      if (i >= length) break;
      c = text.charCodeAt(i);
    }
    const nameEnd = i;
    // RFC 3261 25.1: HCOLON lets spaces and tabs stand before the colon, no fold.
    while (c === 32 || c === 9) c = text.charCodeAt(++i);
    const isHeader = c === 58 && i < length && nameEnd > nameAt;
    if (!isHeader) s.fault ??= badHeaders("SIP_BAD_HEADER", nameAt, 400);
    const id = isHeader ? headerId(text, nameAt, nameEnd, hash) : 0;
    let valueAt = isHeader ? i + 1 : nameAt;
    // The end of the line: the first CR, which must be the one before the first LF.
    let end = valueAt;
    for (let from = valueAt; ; ) {
      end = text.indexOf("\r", from);
      if (end < 0 || text.indexOf("\n", from) !== end + 1) {
        end = lineEnd(text, from);
        s.fault ??= badHeaders(end === length ? "SIP_NO_END" : "SIP_BAD_LINE", nameAt, 400);
      }
      const next = text.charCodeAt(end + 2);
      if (next !== 32 && next !== 9) break;
      // RFC 3261 7.3.1: a line that begins with white space goes on with the one before.
      from = end + 2;
    }
    i = Math.min(end + 2, length);
    if (i - nameAt > LIMITS.headerLine) s.fault ??= badHeaders("SIP_HEADER_TOO_LONG", nameAt, 513);
    while (valueAt < end && (CLASS[text.charCodeAt(valueAt)] & LWS) !== 0) valueAt++;
    while (end > valueAt && (CLASS[text.charCodeAt(end - 1)] & LWS) !== 0) end--;
    if (id !== 0 && id < LISTS) {
      const bit = 1 << (id & 31);
      if (id < 32) {
        if ((seenLow & bit) !== 0) s.twice ||= id;
        seenLow |= bit;
      } else {
        if ((seenHigh & bit) !== 0) s.twice ||= id;
        seenHigh |= bit;
      }
      if (id === CONTENT_LENGTH && lengthAt < 0) {
        lengthAt = valueAt;
        lengthEnd = end;
      }
    }
    spans.push(id, nameAt, valueAt, end);
    count++;
  }
  s.count = count;
  s.headersEnd = i;
  spans.push(-1, s.headersEnd);
  if (i >= length) s.fault ??= badHeaders("SIP_NO_END", length, 400);
  if (lengthAt >= 0) bodyLength(s, lengthAt, lengthEnd);
}

/** RFC 3261 18.3: over datagrams what is behind Content-Length is dropped, and less than it says is an error. */
function bodyLength(s: Scan, at: number, end: number): void {
  const declared = readNumber(s.text, at, end, 4_294_967_295);
  if (declared < 0) s.fault ??= new Failure("SIP_BAD_CONTENT_LENGTH", "header/content-length", at, 400);
  else if (declared > s.text.length - s.bodyStart)
    s.fault ??= new Failure("SIP_SHORT_BODY", "header/content-length", at, 400);
  else s.bodyEnd = s.bodyStart + declared;
}

function badStart(code: string, at: number, reply: number): Failure {
  return new Failure(code, "start-line", at, reply);
}

function badHeaders(code: string, at: number, reply: number): Failure {
  return new Failure(code, "headers", at, reply);
}
