import { isFailure } from "../base/index.ts";
import { H } from "./headers/index.ts";
import type { Header } from "./headers/row.ts";
import { type Message, STRIDE } from "./message.ts";
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

/**
 * Builds the response to a request (RFC 3261 8.2.6): Via lines, From, To, Call-ID and CSeq as they came. It also answers
 * requests that `check` refused: what is not there is left out, of what stands twice the first is taken. HOT.
 */
export function reply(m: Message, status: number, o: ReplyOptions): string {
  const body = o.body ?? "";
  let out = `SIP/2.0 ${status} ${o.reason ?? reasonPhrase(status)}\r\n${vias(m, o.via ?? "")}`;
  out += firstLine(m, H.from);
  out += o.toTag === undefined ? firstLine(m, H.to) : toLine(m, o.toTag);
  out += firstLine(m, H.callId);
  out += firstLine(m, H.cseq);
  // RFC 3261 8.2.6.1: a 100 copies Timestamp.
  if (status === 100) out += firstLine(m, H.timestamp);
  if (o.headers !== undefined) out += o.headers;
  if (o.contentType !== undefined && body !== "") out += `Content-Type: ${o.contentType}\r\n`;
  return `${out}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** All Via lines; where they stand together, as one slice. */
function vias(m: Message, top: string): string {
  let line = m.line(H.via);
  if (line < 0) return "";
  let out = "";
  if (top !== "") {
    out = `Via: ${top}${restOfTopLine(m, line)}\r\n`;
    line = m.line(H.via, line + 1);
  }
  while (line >= 0) {
    const first = line;
    let next = m.line(H.via, line + 1);
    while (next === line + 1) {
      line = next;
      next = m.line(H.via, line + 1);
    }
    out += closed(m.text.slice(m.spans[first * STRIDE + 1], m.spans[line * STRIDE + STRIDE + 1]));
    line = next;
  }
  return out;
}

/** What stands behind the top Via in its line: "" or ", " and more values. */
function restOfTopLine(m: Message, line: number): string {
  const top = m.get(H.via);
  if (top === undefined || isFailure(top)) return "";
  return m.text.slice(top.end, m.spans[line * STRIDE + 3]);
}

function firstLine(m: Message, h: Header<unknown>): string {
  const line = m.line(h);
  if (line < 0) return "";
  return closed(m.text.slice(m.spans[line * STRIDE + 1], m.spans[line * STRIDE + STRIDE + 1]));
}

/** RFC 3261 8.2.6.2: To gets a tag unless it has one. */
function toLine(m: Message, tag: string): string {
  const line = m.line(H.to);
  if (line < 0) return "";
  const to = m.get(H.to);
  const value = m.text.slice(m.spans[line * STRIDE + 1], m.spans[line * STRIDE + 3]);
  const tagged = to === undefined || isFailure(to) ? /;[ \t\r\n]*tag[ \t\r\n]*=/i.test(value) : to.tag !== "";
  return tagged ? `${value}\r\n` : `${value};tag=${tag}\r\n`;
}

/** The last line of a message that was cut off has no CRLF. */
function closed(lines: string): string {
  return lines.charCodeAt(lines.length - 1) === 10 && lines.charCodeAt(lines.length - 2) === 13
    ? lines
    : `${lines}\r\n`;
}
