import { isFailure } from "../base/index.ts";
import { H, type Header, type Message, parseMessage } from "../sip/index.ts";
import { type Core, type Draft, newBranch, printRequest } from "./core.ts";

/** One end of a call (RFC 3261 12). */
export interface Dialog {
  readonly callId: string;
  /** Our name-addr with our tag, theirs with theirs. */
  readonly local: string;
  readonly remote: string;
  /** URI of their Contact. */
  readonly target: string;
  /** Route values, the first is the next hop. */
  readonly routes: readonly string[];
  cseq: number;
}

/** RFC 3261 12.1.2: the caller's end, from its INVITE and a response with a To tag. */
export function callerDialog(invite: Message, response: Message): Dialog {
  return {
    callId: invite.need(H.callId),
    local: raw(invite, invite.need(H.from)),
    remote: raw(response, response.need(H.to)),
    target: contactOf(response),
    routes: values(response, H.recordRoute).reverse(),
    cseq: invite.need(H.cseq).number,
  };
}

/** RFC 3261 12.1.1: the callee's end, from the INVITE that came and the tag it gave. */
export function calleeDialog(invite: Message, tag: string): Dialog {
  return {
    callId: invite.need(H.callId),
    local: `${raw(invite, invite.need(H.to))};tag=${tag}`,
    remote: raw(invite, invite.need(H.from)),
    target: contactOf(invite),
    routes: values(invite, H.recordRoute),
    cseq: 0,
  };
}

/** A request inside the dialog, ready for `transact`. */
export function inDialog(d: Dialog, method: string, headers = "", body = ""): Draft {
  return {
    method,
    uri: d.target,
    from: d.local,
    to: d.remote,
    callId: d.callId,
    routes: d.routes,
    headers,
    body,
    nextCseq: () => ++d.cseq,
  };
}

/** RFC 3261 13.2.2.4: the ACK for a 2xx is a request of its own, with the CSeq number of its INVITE. */
export function ackOf2xx(core: Core, d: Dialog, inviteCseq: number): string {
  return printRequest(core, inDialog(d, "ACK"), newBranch(), inviteCseq, "");
}

/** RFC 3261 17.1.1.3: the ACK for a refusal goes where its INVITE went. */
export function ackOfRefusal(invite: string, response: Message): string {
  return likeInvite(invite, "ACK", raw(response, response.need(H.to)));
}

/** RFC 3261 9.1: same Request-URI, Call-ID, To, From, CSeq number and top Via. */
export function cancelOf(invite: string): string {
  const m = mustParse(invite);
  return likeInvite(invite, "CANCEL", raw(m, m.need(H.to)));
}

function likeInvite(invite: string, method: string, to: string): string {
  const m = mustParse(invite);
  const lines = [
    `${method} ${m.uri} SIP/2.0`,
    `Via: ${raw(m, m.need(H.via))}`,
    ...values(m, H.route).map((r) => `Route: ${r}`),
    "Max-Forwards: 70",
    `From: ${raw(m, m.need(H.from))}`,
    `To: ${to}`,
    `Call-ID: ${m.need(H.callId)}`,
    `CSeq: ${m.need(H.cseq).number} ${method}`,
    "Content-Length: 0",
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** URI of the first Contact, "" when there is none. */
function contactOf(m: Message): string {
  const contact = m.need(H.contact);
  return contact === "*" ? "" : contact.uri.text;
}

/** A value as it was written. */
function raw(m: Message, v: Span): string {
  return m.text.slice(v.start, v.end);
}

/** Every value of a list header as it was written. */
function values(m: Message, h: Header<Span>): string[] {
  const all = m.all(h);
  return isFailure(all) ? [] : all.map((v) => raw(m, v));
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** What we wrote ourselves is a message. */
export function mustParse(text: string): Message {
  const m = parseMessage(text);
  if (isFailure(m)) throw new Error(`no message (${m.code}): ${text}`);
  return m;
}
