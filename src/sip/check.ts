import { Failure, LIMITS } from "../base/index.ts";
import { load } from "./bytes.ts";
import { readContact, readOneAddress } from "./headers/core.ts";
import { H, HEADERS } from "./headers/index.ts";
import type { Header } from "./headers/row.ts";
import { STRIDE as MESSAGE_STRIDE, type Message, named } from "./message.ts";
import { readCallId, readCSeq, readMaxForwards } from "./values.ts";
import { readVia } from "./via.ts";

const STRIDE = MESSAGE_STRIDE;
const VIA = H.via.id;
const FROM = H.from.id;
const TO = H.to.id;
const CALL_ID = H.callId.id;
const CSEQ = H.cseq.id;
const MAX_FORWARDS = H.maxForwards.id;
const CONTACT = H.contact.id;

/** Of the headers that must be there: a bit each. All of them stand once, save Via. */
const NEEDED: readonly Header<unknown>[] = [H.via, H.from, H.to, H.callId, H.cseq];
const ALL = 31;
const MOST_VIAS = LIMITS.vias;

/**
 * Everything of a message's syntax that a proxy relies on (RFC 3261 8.1.1, 16.3 step 1). Undefined when it is sound.
 * A Failure says what to reply to a request; for responses `reply` is 0: they are dropped. HOT.
 */
export function check(m: Message): Failure | undefined {
  const failure = m.fault ?? (m.isRequest ? checkRequestUri(m) : undefined) ?? checkHeaders(m);
  if (failure === undefined || m.isRequest || failure.reply === 0) return failure;
  return new Failure(failure.code, failure.place, failure.at, 0);
}

function checkRequestUri(m: Message): Failure | undefined {
  const uri = m.requestUri();
  if (uri instanceof Failure) return new Failure(uri.code, "request-uri", uri.at, uri.reply);
  // RFC 3261 19.1.1: no headers in a Request-URI.
  return uri.headers === "" ? undefined : new Failure("SIP_URI_HEADERS", "request-uri", m.uriStart, 400);
}

/** One walk over the lines: what matters is read where it stands and kept for `get`. The parsers are called by name, not through the rows. */
function checkHeaders(m: Message): Failure | undefined {
  if (m.twice !== 0) return new Failure("SIP_HEADER_TWICE", `header/${nameOf(m.twice)}`, 0, 400);
  const spans = m.spans;
  load(m.text);
  let seen = 0;
  let vias = 0;
  for (let line = 0; line < m.count; line++) {
    const at = line * STRIDE;
    const from = spans[at + 2];
    const to = spans[at + 3];
    let failure: Failure | undefined;
    switch (spans[at]) {
      case VIA:
        vias += countVias(m, line, from, to);
        failure = viaFailure(m, line, vias);
        seen |= 1;
        break;
      case FROM:
        failure = kept(m, line, readOneAddress(m.text, from, to), H.from);
        seen |= 2;
        break;
      case TO:
        failure = kept(m, line, readOneAddress(m.text, from, to), H.to);
        seen |= 4;
        break;
      case CALL_ID:
        failure = kept(m, line, readCallId(m.text, from, to), H.callId);
        seen |= 8;
        break;
      case CSEQ:
        failure = checkCSeq(m, line, from, to);
        seen |= 16;
        break;
      case MAX_FORWARDS:
        failure = kept(m, line, readMaxForwards(from, to), H.maxForwards);
        break;
      case CONTACT:
        failure = checkContact(m, line, from, to);
        break;
    }
    if (failure !== undefined) return failure;
  }
  return seen === ALL ? undefined : missing(seen);
}

/** Keeps a value for `get`; gives it back when it is a Failure. */
function kept(m: Message, line: number, value: unknown, h: Header<unknown>): Failure | undefined {
  if (!(value instanceof Failure)) {
    m.values[line] = value;
    return undefined;
  }
  const failure = named(value, h);
  m.values[line] = failure;
  return failure;
}

/** Reads a Via line, all values of it, and gives their number. A Failure is left in the line's place. */
function countVias(m: Message, line: number, from: number, to: number): number {
  const via = readVia(m.text, from, to);
  if (kept(m, line, via, H.via) !== undefined || via instanceof Failure) return 1;
  if (via.end === to) return 1;
  const all = m.valuesOf(H.via, line);
  if (!(all instanceof Failure)) return all.length;
  m.values[line] = all;
  return 1;
}

/** What is wrong with the Via line that brings their number to `count`. */
function viaFailure(m: Message, line: number, count: number): Failure | undefined {
  const via = m.values[line];
  if (via instanceof Failure) return via;
  if (count > MOST_VIAS) return new Failure("SIP_TOO_MANY_VIAS", "header/via", m.spans[line * STRIDE + 2], 400);
  return undefined;
}

function checkCSeq(m: Message, line: number, from: number, to: number): Failure | undefined {
  const cseq = readCSeq(m.text, from, to);
  const failure = kept(m, line, cseq, H.cseq);
  if (failure !== undefined || cseq instanceof Failure) return failure;
  // RFC 3261 8.1.1.5: less than 2^31, and the method of the request.
  if (cseq.number > 0x7fffffff) return new Failure("SIP_BAD_CSEQ", "header/cseq", from, 400);
  return cseq.method === m.method ? undefined : new Failure("SIP_CSEQ_METHOD", "header/cseq", from, 400);
}

function checkContact(m: Message, line: number, from: number, to: number): Failure | undefined {
  const contact = readContact(m.text, from, to);
  const failure = kept(m, line, contact, H.contact);
  if (failure !== undefined || contact instanceof Failure || contact === "*" || contact.end === to) return failure;
  const all = m.valuesOf(H.contact, line);
  return all instanceof Failure ? all : undefined;
}

function nameOf(id: number): string | undefined {
  return HEADERS.find((h) => h.id === id)?.name.toLowerCase();
}

function missing(seen: number): Failure {
  const h = NEEDED.find((_, i) => (seen & (1 << i)) === 0) ?? H.via;
  return new Failure(`SIP_NO_${h.name.toUpperCase().replace("-", "_")}`, `header/${h.name.toLowerCase()}`, 0, 400);
}
