import { Effect, Event, type EventCode } from "./effects.ts";
import { TIMER_J } from "./timers.ts";
import { arm, NEVER, State, type Transaction, terminate } from "./transaction.ts";

/** RFC 3261 17.2.2, figure 8, with RFC 4320 and RFC 6026 8.8: one step of a non-INVITE server transaction. */
export function stepNonInviteServer(
  tx: Transaction,
  event: EventCode,
  now: number,
  status: number,
  text: string,
): number {
  switch (event) {
    case Event.request:
      // RFC 3261 17.2.2: silence in "trying", else the latest response again.
      return tx.state === State.trying ? Effect.none : Effect.send;
    case Event.respond:
      return onRespond(tx, now, status, text);
    case Event.timer:
      return now < tx.due ? Effect.none : onTimer(tx, now);
    case Event.transportError:
      // RFC 6026 8.8: tells the TU and stays.
      return Effect.failed;
    default:
      return Effect.none;
  }
}

function onRespond(tx: Transaction, now: number, status: number, text: string): number {
  // RFC 3261 17.2.2: one final only.
  if (tx.state === State.completed) return Effect.none;
  if (status < 200) return onProvisional(tx, now, status, text);
  // RFC 4320 4.2: never a 408. It stays until its time is over, so that retransmissions are not taken for new requests.
  if (status === 408) return Effect.none;
  tx.last = text;
  // RFC 3261 17.2.2: timer J is zero over reliable transports.
  if (tx.reliable) {
    terminate(tx);
    return Effect.send | Effect.ended;
  }
  tx.state = State.completed;
  arm(tx, NEVER, now + TIMER_J);
  return Effect.send;
}

function onProvisional(tx: Transaction, now: number, status: number, text: string): number {
  // RFC 4320 4.1: no provisional but 100.
  if (status !== 100) return Effect.none;
  // RFC 4320 4.1: over unreliable transports not before the client's timer E has come to T2.
  if (tx.state === State.trying && !tx.reliable && now < tx.againAt) return Effect.none;
  tx.state = State.proceeding;
  tx.last = text;
  arm(tx, NEVER, tx.endAt);
  return Effect.send;
}

function onTimer(tx: Transaction, now: number): number {
  if (now >= tx.endAt) {
    const answered = tx.state === State.completed;
    terminate(tx);
    // RFC 4320 4.2: what cannot be answered in time is not answered at all.
    return answered ? Effect.ended : Effect.timeout | Effect.ended;
  }
  // RFC 4320 4.1: nothing said by now, so a 100 is due, on any transport.
  tx.due = tx.endAt;
  return Effect.trying;
}
