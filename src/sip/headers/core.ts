import { Failure } from "../../base/index.ts";
import { load } from "../bytes.ts";
import { type NameAddr, printNameAddr, readNameAddr } from "../nameaddr.ts";
import {
  parseCallId,
  parseContentLength,
  parseCSeq,
  parseMaxForwards,
  parseText,
  parseUint32,
  parseValued,
  printCSeq,
  printNumber,
  printText,
  printValued,
} from "../values.ts";
import { parseVia, printVia } from "../via.ts";
import { single, spanList } from "./row.ts";

/** What every message needs to be routed and framed. */
export const core = {
  via: spanList(64, "Via", "v", parseVia, printVia, "RFC 3261 20.42"),
  from: single(1, "From", "f", parseOneAddress, printNameAddr, "RFC 3261 20.20"),
  to: single(2, "To", "t", parseOneAddress, printNameAddr, "RFC 3261 20.39"),
  callId: single(3, "Call-ID", "i", parseCallId, printText, "RFC 3261 20.8"),
  cseq: single(4, "CSeq", "", parseCSeq, printCSeq, "RFC 3261 20.16"),
  maxForwards: single(5, "Max-Forwards", "", parseMaxForwards, printNumber, "RFC 3261 20.22"),
  contentLength: single(6, "Content-Length", "l", parseContentLength, printNumber, "RFC 3261 20.14"),
  contentType: single(9, "Content-Type", "c", parseValued, printValued, "RFC 3261 20.15"),
  contact: spanList(69, "Contact", "m", parseContact, printContact, "RFC 3261 20.10"),
  expires: single(7, "Expires", "", parseUint32, printNumber, "RFC 3261 20.19"),
  minExpires: single(12, "Min-Expires", "", parseUint32, printNumber, "RFC 3261 20.23"),
  timestamp: single(14, "Timestamp", "", parseText, printText, "RFC 3261 20.38"),
};

/** A Contact value; "*" stands for all bindings (RFC 3261 10.2.2). */
export type Contact = NameAddr | "*";

/** A name-addr in a header that takes one alone. */
export function parseOneAddress(text: string, start: number, end: number): NameAddr | Failure {
  load(text);
  return readOneAddress(text, start, end);
}

/** `parseOneAddress` for a text that is loaded. */
export function readOneAddress(text: string, start: number, end: number): NameAddr | Failure {
  const a = readNameAddr(text, start, end);
  // It stops at a comma, which may not stand here.
  return a instanceof Failure || a.end === end ? a : new Failure("SIP_BAD_ADDRESS", "address", a.end, 400);
}

function parseContact(text: string, start: number, end: number): Contact | Failure {
  load(text);
  return readContact(text, start, end);
}

/** One Contact value of a text that is loaded. */
export function readContact(text: string, start: number, end: number): Contact | Failure {
  // RFC 3261 25.1: Contact is "*" alone, or a list.
  if (end - start === 1 && text.charCodeAt(start) === 42) return "*";
  return readNameAddr(text, start, end);
}

function printContact(c: Contact): string {
  return c === "*" ? c : printNameAddr(c);
}
