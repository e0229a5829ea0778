import { Failure, LIMITS } from "../base/index.ts";
import { load } from "./bytes.ts";
import { readNumber, skipToken, TABLES } from "./chars.ts";
import { H } from "./headers/index.ts";
import { headerId } from "./headers/lookup.ts";
import { STRIDE as MESSAGE_STRIDE, Message, type Scan } from "./message.ts";
import { readStartLine } from "./startline.ts";

const { bytes, lws } = TABLES;
const STRIDE = MESSAGE_STRIDE;

const CONTENT_LENGTH = H.contentLength.id;
const EXPIRES = H.expires.id;
/** The last id of the headers whose one value we rely on (see headers/row.ts). */
const RELIED = 8;
/** Lines the index of a message has room for at first; most have fewer. */
const ROOM = 16;
const MOST = LIMITS.headers * STRIDE;
const LONGEST = LIMITS.headerLine;

/** The one scan under way: a message copies what it found, so that nothing is allocated for the finding itself. */
const s: Scan = {
  text: "",
  start: 0,
  isRequest: true,
  method: "",
  status: 0,
  uriStart: 0,
  uriEnd: 0,
  headersStart: 0,
  headersEnd: 0,
  bodyStart: 0,
  bodyEnd: 0,
  spans: [],
  count: 0,
  twice: 0,
  fault: undefined,
};
/** Headers met whose one value we rely on, a bit for each id. */
let seen = 0;
/** Span of the value of Content-Length; -1 while none was met. */
let lengthStart = -1;
let lengthEnd = -1;

/**
 * Indexes one message: a datagram, or what the framer cut out of a stream; one character per byte.
 * Failure only when no SIP start line can be made out (`SIP_NOT_SIP`, reply 0: junk is not answered) or when it is longer than
 * any transport lets through (`SIP_TOO_LARGE`). All else that is wrong is kept in the message and given by `check`, so that a
 * reply can still be made. HOT.
 */
export function parseMessage(text: string): Message | Failure {
  if (text.length > LIMITS.message) return new Failure("SIP_TOO_LARGE", "message", 0, 0);
  load(text);
  let start = 0;
  // RFC 3261 7.5: empty lines before the start line are ignored.
  while (bytes[start] === 13 && bytes[start + 1] === 10) start += 2;
  s.text = text;
  s.start = start;
  s.fault = undefined;
  s.twice = 0;
  const end = lineEnd(text, start);
  if (!readStartLine(s, start, end)) return new Failure("SIP_NOT_SIP", "start-line", start, 0);
  s.headersStart = Math.min(end + 2, text.length);
  s.bodyStart = text.length;
  s.bodyEnd = text.length;
  seen = 0;
  lengthStart = -1;
  readHeaders(text);
  if (lengthStart >= 0) readBodyLength();
  return new Message(s);
}

/** Indexes the header lines, and finds where the body begins. */
function readHeaders(text: string): void {
  const spans = new Array<number>(ROOM * STRIDE + 2);
  const length = text.length;
  let at = s.headersStart;
  let slot = 0;
  for (;;) {
    if (at >= length) {
      s.fault ??= bad("SIP_NO_END", length, 400);
      break;
    }
    if (bytes[at] === 13 && bytes[at + 1] === 10) {
      s.bodyStart = at + 2;
      break;
    }
    if (slot === MOST) {
      s.fault ??= bad("SIP_TOO_MANY_HEADERS", at, 513);
      break;
    }
    let i = at;
    let c = bytes[i];
    while (c > 58 || (c > 32 && c !== 58)) c = bytes[++i];
    const nameEnd = i;
    // RFC 3261 25.1: HCOLON lets spaces and tabs stand before the colon, no fold.
    while (c === 32 || c === 9) c = bytes[++i];
    let id = 0;
    if (c === 58 && nameEnd > at) {
      i++;
      id = headerId(at, nameEnd);
      if (id === 0 && skipToken(at, nameEnd) !== nameEnd) s.fault ??= bad("SIP_BAD_HEADER", at, 400);
    } else {
      i = at;
      s.fault ??= bad("SIP_BAD_HEADER", at, 400);
    }
    let end = lineEnd(text, i);
    // RFC 3261 7.3.1: a line that begins with white space goes on with the one before.
    while (end < length && (bytes[end + 2] === 32 || bytes[end + 2] === 9)) end = lineEnd(text, end + 2);
    const next = Math.min(end + 2, length);
    if (next - at > LONGEST) s.fault ??= bad("SIP_HEADER_TOO_LONG", at, 513);
    while (i < end && lws[bytes[i]] === 1) i++;
    while (end > i && lws[bytes[end - 1]] === 1) end--;
    if (id !== 0 && id <= RELIED) noteSingle(id, i, end);
    spans[slot] = id;
    spans[slot + 1] = at;
    spans[slot + 2] = i;
    spans[slot + 3] = end;
    slot += STRIDE;
    at = next;
  }
  spans[slot] = -1;
  spans[slot + 1] = at;
  s.spans = spans;
  s.count = slot / STRIDE;
  s.headersEnd = at;
}

/**
 * Offset of the CRLF that ends the line through `at`; the end of the text when there is none. A CR or LF alone ends no line
 * here but does with other readers, who would see other headers: a fault.
 */
function lineEnd(text: string, at: number): number {
  const cr = text.indexOf("\r", at);
  if (cr >= 0 && text.indexOf("\n", at) === cr + 1) return cr;
  return brokenLineEnd(text, at);
}

function brokenLineEnd(text: string, at: number): number {
  let cr = text.indexOf("\r", at);
  while (cr >= 0 && bytes[cr + 1] !== 10) cr = text.indexOf("\r", cr + 1);
  s.fault ??= cr < 0 ? bad("SIP_NO_END", text.length, 400) : bad("SIP_BAD_LINE", at, 400);
  return cr < 0 ? text.length : cr;
}

/**
 * RFC 3261 7.3.1, 16.3 item 1: a header that is no list stands once, and a proxy insists where it relies on the value: others
 * behind us might take the second one. Two of Subject or Server are the business of those who read them.
 */
function noteSingle(id: number, start: number, end: number): void {
  const bit = 1 << id;
  // Only a registrar looks at Expires.
  if ((seen & bit) !== 0 && (id !== EXPIRES || s.method === "REGISTER")) s.twice ||= id;
  seen |= bit;
  if (id !== CONTENT_LENGTH || lengthStart >= 0) return;
  lengthStart = start;
  lengthEnd = end;
}

/** RFC 3261 18.3: over datagrams what is behind Content-Length is dropped, and less than it says is an error. */
function readBodyLength(): void {
  const declared = readNumber(lengthStart, lengthEnd, 4_294_967_295);
  const bad = declared < 0 ? "SIP_BAD_CONTENT_LENGTH" : declared > s.text.length - s.bodyStart ? "SIP_SHORT_BODY" : "";
  if (bad === "") s.bodyEnd = s.bodyStart + declared;
  else s.fault ??= new Failure(bad, "header/content-length", lengthStart, 400);
}

function bad(code: string, at: number, reply: number): Failure {
  return new Failure(code, "headers", at, reply);
}
