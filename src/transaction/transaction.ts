import type { Flow, Hashed, Timed } from "../base/index.ts";
import { TIMER_A, TIMER_B, TIMER_E, TIMER_F, TIMER_TU, TRYING_AFTER } from "./timers.ts";

export const Machine = { inviteServer: 0, nonInviteServer: 1, inviteClient: 2, nonInviteClient: 3 } as const;
export type MachineCode = (typeof Machine)[keyof typeof Machine];

export const State = {
  /** INVITE client, nothing heard. */
  calling: 1,
  /** Non-INVITE, nothing heard or said. */
  trying: 2,
  proceeding: 3,
  completed: 4,
  /** INVITE server, the ACK has come. */
  confirmed: 5,
  /** INVITE, 2xx (RFC 6026). */
  accepted: 6,
  terminated: 7,
} as const;
export type StateCode = (typeof State)[keyof typeof State];

export const NEVER: number = Number.POSITIVE_INFINITY;

/**
 * One transaction of any of the four machines: one shape, so that `step` stays monomorphic. It is its own node in the timer
 * wheel and in the table of transactions.
 * Only `step` and the constructors write it, but `owner` and `flow`, which are the host's.
 */
export class Transaction<O = unknown> implements Timed, Hashed {
  readonly key: string;
  readonly machine: MachineCode;
  flow: Flow;
  /** Of the flow it was made for: decides which timers run. */
  readonly reliable: boolean;
  state: StateCode;
  /** What is retransmitted; "" when nothing is. */
  last: string;
  /** When it next wants `Event.timer`, ms; Infinity when it does not. */
  due: number;
  /** The next retransmission (timers A, E, G), or when a 100 is due (RFC 4320). */
  againAt: number;
  /** The end of the present state (timers B, D, F, H to M). */
  endAt: number;
  /** Present interval of timer A, E or G, ms. */
  interval: number;
  owner: O | undefined;
  at: number;
  next: Timed | null;
  prev: Timed | null;
  hash0: number;
  hash1: number;
  after: Hashed | null;

  constructor(key: string, machine: MachineCode, flow: Flow, state: StateCode, last: string) {
    this.key = key;
    this.machine = machine;
    this.flow = flow;
    this.reliable = flow.reliable;
    this.state = state;
    this.last = last;
    this.due = NEVER;
    this.againAt = NEVER;
    this.endAt = NEVER;
    this.interval = 0;
    this.owner = undefined;
    this.at = 0;
    this.next = null;
    this.prev = null;
    this.hash0 = 0;
    this.hash1 = 0;
    this.after = null;
  }
}

/** Arms both timers; `due` is the earlier one. */
export function arm(tx: Transaction, againAt: number, endAt: number): void {
  tx.againAt = againAt;
  tx.endAt = endAt;
  tx.due = Math.min(againAt, endAt);
}

/** Enters `terminated`: every later event does nothing. */
export function terminate(tx: Transaction): void {
  tx.state = State.terminated;
  arm(tx, NEVER, NEVER);
}

/**
 * A server transaction for an INVITE that has just come; the host hands the INVITE itself to the TU.
 *
 * RFC 3261 17.2.1: the TU must answer within 200 ms, so a proxy gives a 100 by `Event.respond` at once. It has no timer
 * until it is answered: the TU's timer C bounds it. `now` in ms, as everywhere here.
 */
export function inviteServer<O = unknown>(key: string, flow: Flow, _now: number): Transaction<O> {
  return new Transaction<O>(key, Machine.inviteServer, flow, State.proceeding, "");
}

/** A server transaction for any other request but ACK; the host hands the request itself to the TU. */
export function nonInviteServer<O = unknown>(key: string, flow: Flow, now: number): Transaction<O> {
  const tx = new Transaction<O>(key, Machine.nonInviteServer, flow, State.trying, "");
  arm(tx, now + TRYING_AFTER, now + TIMER_TU);
  return tx;
}

/** A client transaction for an INVITE. The host sends `request` (whole text) on `flow` right away, `step` only again. */
export function inviteClient<O = unknown>(key: string, flow: Flow, request: string, now: number): Transaction<O> {
  const tx = new Transaction<O>(key, Machine.inviteClient, flow, State.calling, request);
  tx.interval = TIMER_A;
  arm(tx, tx.reliable ? NEVER : now + TIMER_A, now + TIMER_B);
  return tx;
}

/** A client transaction for any other request but ACK. The host sends `request` on `flow` right away, `step` only again. */
export function nonInviteClient<O = unknown>(key: string, flow: Flow, request: string, now: number): Transaction<O> {
  const tx = new Transaction<O>(key, Machine.nonInviteClient, flow, State.trying, request);
  tx.interval = TIMER_E;
  arm(tx, tx.reliable ? NEVER : now + TIMER_E, now + TIMER_F);
  return tx;
}
