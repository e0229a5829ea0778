import { Effect, Event, type EventCode } from "./effects.ts";
import { T2, TIMER_G, TIMER_H, TIMER_I, TIMER_L } from "./timers.ts";
import { arm, NEVER, State, type Transaction, terminate } from "./transaction.ts";

/** RFC 3261 17.2.1 and figure 7 as replaced by RFC 6026 8.6: one step of an INVITE server transaction. */
export function stepInviteServer(tx: Transaction, event: EventCode, now: number, status: number, text: string): number {
  switch (event) {
    case Event.request:
      return onRetransmission(tx);
    case Event.ack:
      return onAck(tx, now);
    case Event.respond:
      return onRespond(tx, now, status, text);
    case Event.timer:
      return now < tx.due ? Effect.none : onTimer(tx, now);
    case Event.transportError:
      // RFC 6026 7.1: tells the TU and stays, so that retransmitted INVITEs are not taken for new ones.
      return tx.state === State.confirmed ? Effect.none : Effect.failed;
    default:
      return Effect.none;
  }
}

function onRetransmission(tx: Transaction): number {
  // RFC 3261 17.2.1: the latest provisional, or the final, goes out again. RFC 6026 7.1: "accepted" absorbs.
  if (tx.state !== State.proceeding && tx.state !== State.completed) return Effect.none;
  return tx.last === "" ? Effect.none : Effect.send;
}

function onAck(tx: Transaction, now: number): number {
  // RFC 6026 7.1: an ACK in "accepted" is for the 2xx, so it is the TU's.
  if (tx.state === State.accepted) return Effect.deliver;
  if (tx.state !== State.completed) return Effect.none;
  tx.last = "";
  // RFC 3261 17.2.1: timer I is zero over reliable transports.
  if (tx.reliable) {
    terminate(tx);
    return Effect.ended;
  }
  tx.state = State.confirmed;
  arm(tx, NEVER, now + TIMER_I);
  return Effect.none;
}

function onRespond(tx: Transaction, now: number, status: number, text: string): number {
  const is2xx = status >= 200 && status < 300;
  switch (tx.state) {
    case State.proceeding:
      tx.last = text;
      if (is2xx) {
        tx.state = State.accepted;
        // RFC 6026 7.1: timer L, on every transport.
        arm(tx, NEVER, now + TIMER_L);
      } else if (status >= 300) {
        tx.state = State.completed;
        tx.interval = TIMER_G;
        // RFC 3261 17.2.1: timer G over unreliable transports, H over all.
        arm(tx, tx.reliable ? NEVER : now + TIMER_G, now + TIMER_H);
      }
      return Effect.send;
    case State.accepted:
      // RFC 6026 7.1: retransmitted and further 2xx go out; the transaction never repeats them by itself.
      if (!is2xx) return Effect.none;
      tx.last = text;
      return Effect.send;
    case State.completed:
    case State.confirmed:
      // RFC 3261 16.7.5: a 2xx is forwarded even after another final was. Figure 7 has no place for it.
      return is2xx ? Effect.pass : Effect.none;
    default:
      return Effect.none;
  }
}

function onTimer(tx: Transaction, now: number): number {
  if (now >= tx.endAt) {
    const unacknowledged = tx.state === State.completed;
    terminate(tx);
    // RFC 3261 17.2.1: timer H tells the TU; I and L end in silence.
    return unacknowledged ? Effect.timeout | Effect.ended : Effect.ended;
  }
  // RFC 3261 17.2.1: timer G doubles up to T2.
  tx.interval = Math.min(2 * tx.interval, T2);
  arm(tx, now + tx.interval, tx.endAt);
  return Effect.send;
}
