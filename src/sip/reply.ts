import { Failure } from "../base/index.ts";
import { H } from "./headers/index.ts";
import { STRIDE as MESSAGE_STRIDE, type Message } from "./message.ts";
import { reasonPhrase } from "./reasons.ts";

export interface ReplyOptions {
  reason?: string;
  /** Added to To when it has no tag. */
  toTag?: string;
  /** Whole lines, each with its CRLF. */
  headers?: string;
  body?: string;
  contentType?: string;
  /** Value of the top Via instead of the received one (`viaWithSource`); "" leaves it. */
  via?: string;
}

const STRIDE = MESSAGE_STRIDE;
const VIA = H.via.id;
const FROM = H.from.id;
const TO = H.to.id;
const CALL_ID = H.callId.id;
const CSEQ = H.cseq.id;
const TIMESTAMP = H.timestamp.id;

/** Status lines with the usual phrase, each made once. */
const statusLines: string[] = [];

/**
 * Builds the response to a request (RFC 3261 8.2.6): Via lines, From, To, Call-ID and CSeq as and in the order they came. It also
 * answers requests that `check` refused: what is not there is left out, of what stands twice the first is taken. HOT.
 */
export function reply(m: Message, status: number, o: ReplyOptions): string {
  const body = o.body ?? "";
  let out = statusLine(status, o.reason) + copied(m, status, o.via ?? "", o.toTag);
  if (o.headers !== undefined) out += o.headers;
  if (body === "") return `${out}Content-Length: 0\r\n\r\n`;
  if (o.contentType !== undefined) out += `Content-Type: ${o.contentType}\r\n`;
  return `${out}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function statusLine(status: number, reason: string | undefined): string {
  if (reason !== undefined) return `SIP/2.0 ${status} ${reason}\r\n`;
  statusLines[status] ??= `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`;
  return statusLines[status];
}

/** The lines that go back, those that stand together in one slice. */
function copied(m: Message, status: number, topVia: string, toTag: string | undefined): string {
  const { text, spans, count } = m;
  let out = "";
  let seen = 0;
  // Where the slice under way begins, -1 for none.
  let run = -1;
  for (let i = 0; i < count * STRIDE; i += STRIDE) {
    const bit = bitOf(spans[i], status);
    if (bit === 0 || (bit !== 1 && (seen & bit) !== 0)) {
      if (run >= 0) out += text.slice(run, spans[i + 1]);
      run = -1;
      continue;
    }
    if (run < 0) run = spans[i + 1];
    if (spans[i] === VIA && topVia !== "" && (seen & 1) === 0) {
      out += `${text.slice(run, spans[i + 1])}Via: ${topVia}${restOfTopLine(m, i)}\r\n`;
      run = -1;
    } else if (spans[i] === TO && toTag !== undefined && !isTagged(m, i)) {
      // RFC 3261 8.2.6.2: To gets a tag unless it has one.
      out += `${text.slice(run, spans[i + 3])};tag=${toTag}\r\n`;
      run = -1;
    }
    seen |= bit;
  }
  return run < 0 ? out : out + closed(text.slice(run, m.headersEnd));
}

/** A bit for each header that goes back, 0 for others. Via alone may come several times. */
function bitOf(id: number, status: number): number {
  switch (id) {
    case VIA:
      return 1;
    case FROM:
      return 2;
    case TO:
      return 4;
    case CALL_ID:
      return 8;
    case CSEQ:
      return 16;
    case TIMESTAMP:
      // RFC 3261 8.2.6.1: a 100 copies Timestamp.
      return status === 100 ? 32 : 0;
    default:
      return 0;
  }
}

/** What stands behind the top Via in its line: "" or ", " and more values. */
function restOfTopLine(m: Message, slot: number): string {
  const top = m.get(H.via);
  if (top === undefined || top instanceof Failure || top.end === m.spans[slot + 3]) return "";
  return m.text.slice(top.end, m.spans[slot + 3]);
}

function isTagged(m: Message, slot: number): boolean {
  const to = m.get(H.to);
  if (to !== undefined && !(to instanceof Failure)) return to.tag !== "";
  return /;[ \t\r\n]*tag[ \t\r\n]*=/i.test(m.text.slice(m.spans[slot + 2], m.spans[slot + 3]));
}

/** The last line of a message that was cut off has no CRLF. */
function closed(lines: string): string {
  return lines.charCodeAt(lines.length - 1) === 10 && lines.charCodeAt(lines.length - 2) === 13
    ? lines
    : `${lines}\r\n`;
}
