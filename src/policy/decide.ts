/**
 * Who asks: one who proved to be a user of ours, a phone system behind us or a trunk (both known by their address), or anybody
 * else.
 */
export type Caller = "user" | "stranger" | "backend" | "trunk";

/**
 * What is asked for. `local`: a user of ours. `number`: a user part in a domain of ours that is no user of ours.
 * `self`: this server. `foreign`: any other domain.
 */
export type TargetKind = "local" | "number" | "foreign" | "self";

export interface Refusal {
  readonly reply: number;
  readonly reason: string;
}

export interface Question {
  readonly method: string;
  readonly caller: Caller;
  readonly target: TargetKind;
  /** There is a phone system that takes numbers. */
  readonly hasBackend: boolean;
  /** The user has the right to this number; of no account for other callers and targets. */
  readonly mayDial: boolean;
  /** Strangers may call users of ours. */
  readonly allowAnonymous: boolean;
  /** Users of ours may call other domains. */
  readonly allowForeignDomains: boolean;
}

const NOT_HERE: Refusal = Object.freeze({ reply: 404, reason: "Not Found" });
const NO_RELAY: Refusal = Object.freeze({ reply: 403, reason: "Relaying Denied" });
const FORBIDDEN: Refusal = Object.freeze({ reply: 403, reason: "Forbidden" });

/**
 * May this caller reach that target? We relay for our own users and to our own users, and for nobody from anywhere else.
 * An allowed `number` goes to the backend, an allowed `local` to its bindings (480 when there are none).
 */
export function decide(q: Question): "allow" | Refusal {
  // RFC 3261 10.3 item 1 lets a proxy forward a REGISTER for another domain: on purpose we do not, it would be a relay.
  if (q.method === "REGISTER") return q.target === "foreign" ? FORBIDDEN : "allow";
  if (q.target === "self") return "allow";
  if (q.caller === "stranger") return forStranger(q);
  if (q.target === "local") return "allow";
  if (q.target === "foreign") return q.caller === "user" && q.allowForeignDomains ? "allow" : NO_RELAY;
  // A number from the backend that is nobody here must not go back there: it would come round again.
  if (q.caller === "backend" || !q.hasBackend) return NOT_HERE;
  return q.caller === "trunk" || q.mayDial ? "allow" : FORBIDDEN;
}

/** Where strangers may not call at all they learn nothing: all that they ask for is refused alike. */
function forStranger({ target, allowAnonymous }: Question): "allow" | Refusal {
  if (!allowAnonymous) return FORBIDDEN;
  if (target === "local") return "allow";
  return target === "foreign" ? NO_RELAY : NOT_HERE;
}
