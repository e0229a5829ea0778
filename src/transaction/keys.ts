import { isFailure } from "../base/index.ts";
import { H, type Message, parseMessage, type Via } from "../sip/index.ts";
import { State, type Transaction } from "./transaction.ts";

const COOKIE = "z9hG4bK";

/**
 * Keys for one table that holds all four machines. A client key has one space, a server key two, an RFC 2543 key starts with
 * a line break: none can be mistaken for another, since no token has a space. A key is joined text: the first look-up in a map makes it one
 * flat string that keeps no message alive.
 */

/**
 * RFC 3261 17.2.3: which server transaction a request belongs to, its own or, for an ACK, that of its INVITE.
 * The request has passed `check`.
 */
export function serverKey(m: Message): string {
  return requestKey(m, m.method === "ACK" ? "INVITE" : m.method);
}

/** RFC 3261 17.2.3 and 9.2: key of the INVITE that this CANCEL or ACK belongs to. */
export function inviteKey(m: Message): string {
  return requestKey(m, "INVITE");
}

/** RFC 3261 17.1.3: which client transaction a response to our request with this Via branch and method belongs to. */
export function clientKey(branch: string, method: string): string {
  return `${branch} ${method}`;
}

/** RFC 3261 17.1.3: the client key that a response asks for. It has passed `check`. */
export function responseKey(m: Message): string {
  return `${m.need(H.via).branch} ${m.method}`;
}

/**
 * RFC 3261 8.2.2.2: equal for copies of one request that came by different ways. A request without To tag whose `mergeKey`
 * is known under another `serverKey` is answered 482.
 */
export function mergeKey(m: Message): string {
  const cseq = m.need(H.cseq);
  return `${m.need(H.callId)}\n${m.need(H.from).tag}\n${cseq.number} ${cseq.method}`;
}

/**
 * RFC 3261 17.2.3: whether this ACK, found by its key, is for the final that the transaction has sent. Always so with the
 * magic cookie; an RFC 2543 ACK to a 2xx has the same key as one to a non-2xx, and only its To tag tells them apart.
 */
export function isAckFor(tx: Transaction, m: Message): boolean {
  if (tx.state !== State.completed || hasCookie(m.need(H.via).branch)) return true;
  const sent = parseMessage(tx.last);
  const to = isFailure(sent) ? undefined : sent.get(H.to);
  return to === undefined || isFailure(to) || to.tag === m.need(H.to).tag;
}

function requestKey(m: Message, method: string): string {
  const via = m.need(H.via);
  if (!hasCookie(via.branch)) return legacyKey(m, via, method);
  return `${via.branch} ${via.host}:${via.port} ${method}`;
}

/** RFC 4475 3.2.1: the bare cookie identifies nothing, so it counts as none. */
function hasCookie(branch: string): boolean {
  return branch.length > COOKIE.length && branch.startsWith(COOKIE);
}

/**
 * RFC 3261 17.2.3, for RFC 2543 clients. No To tag for INVITE: its ACK has one and must find it all the same (`isAckFor`);
 * a re-INVITE differs by CSeq.
 */
function legacyKey(m: Message, via: Via, method: string): string {
  const toTag = method === "INVITE" ? "" : m.need(H.to).tag;
  const top = `${via.transport} ${via.host}:${via.port} ${via.branch} ${via.maddr}`;
  const call = `${m.need(H.callId)}\n${m.need(H.from).tag}\n${toTag}\n${m.need(H.cseq).number} ${method}`;
  return `\n${m.uri}\n${top}\n${call}`;
}
