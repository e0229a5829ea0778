import { isFailure } from "../../base/index.ts";
import { H } from "../../sip/index.ts";
import { Event, inviteKey, isAckFor, RemainsKind, State, serverKey } from "../../transaction/index.ts";
import type { Core } from "../core.ts";
import type { Tx } from "../relay.ts";
import type { Request, Word } from "../request.ts";
import { overloaded } from "./crowded.ts";

/** RFC 3261 17.2.3, 9.2, 16.10: what belongs to a transaction that we already have. */
export function match(r: Request, core: Core): Word {
  const { transactions, counters } = core;
  const method = r.m.method;
  if (isOurOwn(r, core)) return "next";
  r.key = serverKey(r.m);
  const known = transactions.find(r.key);
  if (method === "ACK") return ack(r, known, core);
  if (known !== undefined) {
    r.transaction = known;
    r.event = Event.request;
    counters.retransmissions++;
    return "event";
  }
  if (transactions.remains.find(r.key, r.now) !== RemainsKind.none) {
    counters.retransmissions++;
    r.text = transactions.remains.text();
    return r.text === "" ? "drop" : "resend";
  }
  const waiter = core.waiting.find(r.key);
  if (waiter !== undefined) {
    counters.retransmissions++;
    return waiter.until === 0 ? "drop" : r.reply(487);
  }
  if (method === "CANCEL") return cancel(r, core);
  return transactions.isFull(1) ? overloaded(r, core) : "next";
}

/** What we answer ourselves leaves no transaction (docs/decisions/001): REGISTER, and OPTIONS that name nobody but us. */
function isOurOwn({ m }: Request, core: Core): boolean {
  if (m.method === "REGISTER") return core.config.register !== "relay";
  if (m.method !== "OPTIONS" || m.has(H.route)) return false;
  const uri = m.requestUri();
  return !isFailure(uri) && uri.user === "" && core.domains.isOurs(uri.host, uri.port);
}

/** An ACK belongs to its INVITE when that was refused (RFC 3261 17.2.1); one to a 2xx travels on by itself (13.2.2.4). */
function ack(r: Request, known: Tx | undefined, core: Core): Word {
  if (known === undefined)
    return core.transactions.remains.find(r.key, r.now) === RemainsKind.inviteServerRefused ? "drop" : "next";
  if (known.state === State.accepted || !isAckFor(known, r.m)) return "next";
  r.transaction = known;
  r.event = Event.ack;
  return "event";
}

/** RFC 3261 9.2: a CANCEL is answered 200 when its INVITE is known, and has an effect only while that is unanswered. */
function cancel(r: Request, core: Core): Word {
  const invite = core.transactions.find(inviteKey(r.m));
  if (invite !== undefined) {
    r.relayed = invite.owner;
    return "cancel";
  }
  r.waiter = core.waiting.find(inviteKey(r.m));
  if (r.waiter !== undefined) return "cancel";
  if (core.transactions.remains.find(inviteKey(r.m), r.now) !== RemainsKind.none) return r.reply(200);
  // RFC 3261 16.10 would forward it without state; we never forwarded an INVITE so, and do not relay for strangers.
  return r.reply(481);
}
