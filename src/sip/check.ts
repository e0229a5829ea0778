import { Failure, LIMITS } from "../base/index.ts";
import { load } from "./bytes.ts";
import { readContact, readOneAddress } from "./headers/core.ts";
import { H, HEADERS } from "./headers/index.ts";
import type { Header } from "./headers/row.ts";
import { STRIDE as MESSAGE_STRIDE, type Message, named } from "./message.ts";
import { readCallId, readCSeq, readMaxForwards } from "./values.ts";
import { readVia, wasCookieOnly } from "./via.ts";

const STRIDE = MESSAGE_STRIDE;
const VIA = H.via.id;
const FROM = H.from.id;
const TO = H.to.id;
const CALL_ID = H.callId.id;
const CSEQ = H.cseq.id;
const MAX_FORWARDS = H.maxForwards.id;
const CONTACT = H.contact.id;

/** What is said when a header that must be there is not; its place is its bit in `seen`. */
const MISSING = [
  new Failure("SIP_NO_VIA", "header/via", 0, 400),
  new Failure("SIP_NO_FROM", "header/from", 0, 400),
  new Failure("SIP_NO_TO", "header/to", 0, 400),
  new Failure("SIP_NO_CALL_ID", "header/call-id", 0, 400),
  new Failure("SIP_NO_CSEQ", "header/cseq", 0, 400),
];
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
  vias = 0;
  for (let line = 0; line < m.count; line++) {
    const at = line * STRIDE;
    const from = spans[at + 2];
    const to = spans[at + 3];
    let failure: Failure | undefined;
    switch (spans[at]) {
      case VIA:
        failure = checkVia(m, line, from, to);
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
        // Of a response nothing is done with it here.
        if (m.isRequest) failure = checkContact(m, line, from, to);
        break;
    }
    if (failure !== undefined) return failure;
  }
  return seen === ALL ? undefined : MISSING.find((_, i) => (seen & (1 << i)) === 0);
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

/** Via values met in the message under check. */
let vias = 0;

/** Reads a Via line, all values of it. */
function checkVia(m: Message, line: number, from: number, to: number): Failure | undefined {
  const via = readVia(m.text, from, to);
  const failure = kept(m, line, via, H.via);
  if (failure !== undefined || via instanceof Failure) return failure;
  // RFC 3261 8.1.1.7: the magic cookie alone is no branch (RFC 4475 3.2.1).
  if (wasCookieOnly()) return new Failure("SIP_BAD_BRANCH", "header/via", from, 400);
  vias++;
  if (via.end !== to) {
    const all = m.valuesOf(H.via, line);
    if (all instanceof Failure) return all;
    vias += all.length - 1;
  }
  return vias > MOST_VIAS ? new Failure("SIP_TOO_MANY_VIAS", "header/via", from, 400) : undefined;
}

function checkCSeq(m: Message, line: number, from: number, to: number): Failure | undefined {
  // A response has read it for its method already.
  const cseq = m.isRequest ? readCSeq(m.text, from, to) : m.get(H.cseq);
  if (cseq === undefined) return MISSING[4];
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
