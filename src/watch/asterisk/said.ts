import type { TransportName } from "../../base/index.ts";
import type { Place } from "./address.ts";

/** Who says it: a security event in the log, one by the manager interface, or another line of the log. */
export type SaidBy = "security" | "event" | "notice";

/** What one line of Asterisk says about a caller. The place is always that which Asterisk has seen itself. */
export interface Said extends Place {
  /** `challenge`: a password was asked for. `nothing`: about a caller, and no evidence. */
  readonly kind:
    | "wrongPassword"
    | "unknownUser"
    | "relay"
    | "malformed"
    | "injection"
    | "success"
    | "challenge"
    | "nothing";
  readonly transport: TransportName;
  /** As Asterisk names it; empty for none. */
  readonly account: string;
  /** What was dialled, or which rule was broken. */
  readonly detail: string;
  /** By what lines about one attempt are known to be of one, of this address; empty: this line stands alone. */
  readonly session: string;
  /** Nonce that was sent, or answered; empty when the line does not say. */
  readonly nonce: string;
  readonly line: SaidBy;
  /** Asterisk writes this after another line about the same attempt, where it writes that one. */
  readonly isSecond: boolean;
}

/** Where `what` stands last, at `from` or behind it; -1 for nowhere. V8 looks forward many times faster than back. */
export function lastOf(text: string, what: string, from: number): number {
  let last = -1;
  for (let at = text.indexOf(what, Math.max(0, from)); at >= 0; at = text.indexOf(what, at + 1)) last = at;
  return last;
}
