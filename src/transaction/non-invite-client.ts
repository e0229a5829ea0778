import { Effect, Event, type EventCode } from "./effects.ts";
import { T2, TIMER_K } from "./timers.ts";
import { arm, NEVER, State, type Transaction, terminate } from "./transaction.ts";

/** RFC 3261 17.1.2.2, figure 6: one step of a non-INVITE client transaction. */
export function stepNonInviteClient(tx: Transaction, event: EventCode, now: number, status: number): number {
  switch (event) {
    case Event.response:
      return onResponse(tx, now, status);
    case Event.timer:
      return now < tx.due ? Effect.none : onTimer(tx, now);
    case Event.transportError:
      // RFC 3261 figure 6: "completed" sends nothing, so nothing can fail there.
      if (tx.state === State.completed) return Effect.none;
      // RFC 3261 17.1.4
      terminate(tx);
      return Effect.failed | Effect.ended;
    default:
      return Effect.none;
  }
}

function onResponse(tx: Transaction, now: number, status: number): number {
  // RFC 3261 17.1.2.2: "completed" buffers retransmitted finals; only one final is ever passed up.
  if (tx.state === State.completed) return Effect.none;
  if (status < 200) {
    // Timer E runs on and goes to T2 when it next fires.
    tx.state = State.proceeding;
    return Effect.deliver;
  }
  tx.last = "";
  // RFC 3261 17.1.2.2: timer K is zero over reliable transports.
  if (tx.reliable) {
    terminate(tx);
    return Effect.deliver | Effect.ended;
  }
  tx.state = State.completed;
  arm(tx, NEVER, now + TIMER_K);
  return Effect.deliver;
}

function onTimer(tx: Transaction, now: number): number {
  if (now >= tx.endAt) {
    const told = tx.state === State.completed;
    terminate(tx);
    // RFC 3261 17.1.2.2: timer F tells the TU; K ends in silence.
    return told ? Effect.ended : Effect.timeout | Effect.ended;
  }
  // RFC 3261 17.1.2.2: timer E doubles up to T2; after a provisional it is T2 at once.
  tx.interval = tx.state === State.proceeding ? T2 : Math.min(2 * tx.interval, T2);
  arm(tx, now + tx.interval, tx.endAt);
  return Effect.send;
}
