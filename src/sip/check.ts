import { Failure, isFailure, LIMITS } from "../base/index.ts";
import { H, HEADERS } from "./headers/index.ts";
import type { Header } from "./headers/row.ts";
import { type Message, STRIDE } from "./message.ts";
import type { Via } from "./via.ts";

/**
 * Everything of a message's syntax that a proxy relies on (RFC 3261 8.1.1, 16.3 step 1). Undefined when it is sound.
 * A Failure says what to reply to a request; for responses `reply` is 0: they are dropped.
 */
export function check(m: Message): Failure | undefined {
  const failure = m.fault ?? (m.isRequest ? checkRequest(m) : checkCommon(m));
  if (failure === undefined || m.isRequest || failure.reply === 0) return failure;
  return new Failure(failure.code, failure.place, failure.at, 0);
}

function checkRequest(m: Message): Failure | undefined {
  const uri = m.requestUri();
  if (isFailure(uri)) return new Failure(uri.code, "request-uri", uri.at, uri.reply);
  // RFC 3261 19.1.1: no headers in a Request-URI.
  if (uri.headers !== "") return new Failure("SIP_URI_HEADERS", "request-uri", m.uriStart, 400);
  const common = checkCommon(m);
  if (common !== undefined) return common;
  const cseq = m.need(H.cseq);
  // RFC 3261 8.1.1.5
  if (cseq.method !== m.method) return new Failure("SIP_CSEQ_METHOD", "header/cseq", lineAt(m, H.cseq), 400);
  const maxForwards = m.get(H.maxForwards);
  if (isFailure(maxForwards)) return maxForwards;
  const contacts = m.has(H.contact) ? m.all(H.contact) : undefined;
  return isFailure(contacts) ? contacts : undefined;
}

function checkCommon(m: Message): Failure | undefined {
  if (m.twice !== 0) return twice(m);
  const from = m.get(H.from);
  if (from === undefined) return missing("SIP_NO_FROM", H.from);
  if (isFailure(from)) return from;
  const to = m.get(H.to);
  if (to === undefined) return missing("SIP_NO_TO", H.to);
  if (isFailure(to)) return to;
  const callId = m.get(H.callId);
  if (callId === undefined) return missing("SIP_NO_CALL_ID", H.callId);
  if (isFailure(callId)) return callId;
  const cseq = m.get(H.cseq);
  if (cseq === undefined) return missing("SIP_NO_CSEQ", H.cseq);
  if (isFailure(cseq)) return cseq;
  // RFC 3261 8.1.1.5: less than 2^31.
  if (cseq.number > 0x7fffffff) return new Failure("SIP_BAD_CSEQ", "header/cseq", lineAt(m, H.cseq), 400);
  return checkVias(m);
}

function checkVias(m: Message): Failure | undefined {
  const top = m.get(H.via);
  if (top === undefined) return missing("SIP_NO_VIA", H.via);
  if (isFailure(top)) return top;
  // RFC 3261 8.1.1.7: the cookie alone is no branch (RFC 4475 3.2.1).
  if (top.branch.length === 7 && top.branch.toLowerCase() === "z9hg4bk")
    return new Failure("SIP_BAD_BRANCH", "header/via", top.start, 400);
  if (m.line(H.via, m.line(H.via) + 1) < 0 && isWholeLine(m, top)) return undefined;
  const vias = m.all(H.via);
  if (isFailure(vias)) return vias;
  return vias.length > LIMITS.vias
    ? new Failure("SIP_TOO_MANY_VIAS", "header/via", vias[LIMITS.vias].start, 400)
    : undefined;
}

function isWholeLine(m: Message, top: Via): boolean {
  return m.spans[m.line(H.via) * STRIDE + 3] === top.end;
}

function twice(m: Message): Failure {
  const header = HEADERS.find((h) => h.id === m.twice);
  return new Failure("SIP_HEADER_TWICE", `header/${header?.name.toLowerCase()}`, 0, 400);
}

function missing(code: string, h: Header<unknown>): Failure {
  return new Failure(code, `header/${h.name.toLowerCase()}`, 0, 400);
}

function lineAt(m: Message, h: Header<unknown>): number {
  return m.spans[m.line(h) * STRIDE + 2];
}
