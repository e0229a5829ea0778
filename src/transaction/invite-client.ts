import { Effect, Event, type EventCode } from "./effects.ts";
import { TIMER_B, TIMER_D, TIMER_M } from "./timers.ts";
import { arm, NEVER, State, type Transaction, terminate } from "./transaction.ts";

/** RFC 3261 17.1.1.2 and figure 5 as replaced by RFC 6026 8.4: one step of an INVITE client transaction. */
export function stepInviteClient(tx: Transaction, event: EventCode, now: number, status: number): number {
  switch (event) {
    case Event.response:
      return onResponse(tx, now, status);
    case Event.timer:
      return now < tx.due ? Effect.none : onTimer(tx, now);
    case Event.transportError:
      return onTransportError(tx);
    case Event.cancel:
      // RFC 3261 9.1: no final response within 64*T1 of the CANCEL, and the INVITE is considered cancelled.
      if (tx.state === State.proceeding && tx.endAt === NEVER) arm(tx, NEVER, now + TIMER_B);
      return Effect.none;
    default:
      return Effect.none;
  }
}

function onResponse(tx: Transaction, now: number, status: number): number {
  switch (tx.state) {
    case State.calling:
    case State.proceeding:
      if (status < 200) return onProvisional(tx);
      return status < 300 ? accept(tx, now) : complete(tx, now);
    case State.completed:
      // RFC 3261 17.1.1.2: a retransmitted final is ACKed again and not passed up. Figure 5: 300-699 only.
      return status >= 300 ? Effect.ack : Effect.none;
    case State.accepted:
      // RFC 6026 7.2: every 2xx goes up, since each may come from another fork.
      return status >= 200 && status < 300 ? Effect.deliver : Effect.none;
    default:
      return Effect.none;
  }
}

function onProvisional(tx: Transaction): number {
  if (tx.state === State.calling) {
    tx.state = State.proceeding;
    // RFC 3261 17.1.1.2: no more retransmissions; timer B means "calling" alone, from here on the TU has timer C.
    arm(tx, NEVER, NEVER);
  }
  return Effect.deliver;
}

function accept(tx: Transaction, now: number): number {
  tx.state = State.accepted;
  tx.last = "";
  // RFC 6026 7.2: timer M, on every transport.
  arm(tx, NEVER, now + TIMER_M);
  return Effect.deliver;
}

function complete(tx: Transaction, now: number): number {
  // RFC 3261 17.1.1.2: an ACK even over reliable transports; there timer D is zero.
  if (tx.reliable) {
    terminate(tx);
    return Effect.deliver | Effect.ack | Effect.ended;
  }
  tx.state = State.completed;
  arm(tx, NEVER, now + TIMER_D);
  return Effect.deliver | Effect.ack;
}

function onTimer(tx: Transaction, now: number): number {
  if (now >= tx.endAt) {
    const early = tx.state === State.calling || tx.state === State.proceeding;
    terminate(tx);
    // RFC 3261 17.1.1.2: timer B tells the TU; D and M end in silence.
    return early ? Effect.timeout | Effect.ended : Effect.ended;
  }
  // RFC 3261 17.1.1.2: timer A doubles without a cap.
  tx.interval *= 2;
  arm(tx, now + tx.interval, tx.endAt);
  return Effect.send;
}

function onTransportError(tx: Transaction): number {
  // RFC 6026 figure 5: in "accepted" nothing is sent, so nothing can fail.
  if (tx.state === State.accepted) return Effect.none;
  // RFC 3261 17.1.4. Also in "proceeding", on purpose: there it says that the connection is gone which the answer was to
  // come on, and the other choice is to wait for timer C.
  terminate(tx);
  return Effect.failed | Effect.ended;
}
