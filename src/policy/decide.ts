/** Who asks: one who proved to be a user of ours, a phone system behind us (known by its address), or anybody else. */
export type Caller = "user" | "stranger" | "backend";

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
}

const NOT_HERE: Refusal = Object.freeze({ reply: 404, reason: "Not Found" });
const NO_RELAY: Refusal = Object.freeze({ reply: 403, reason: "Relaying Denied" });
const NOT_A_REGISTRAR: Refusal = Object.freeze({ reply: 403, reason: "Forbidden" });

/**
 * May this caller reach that target? We relay for our own users and to our own users, and for nobody from anywhere else.
 * An allowed `number` of a user goes to the backend, an allowed `local` to its bindings (480 when there are none).
 */
export function decide(q: Question): "allow" | Refusal {
  // RFC 3261 10.3 item 1 lets a proxy forward a REGISTER for another domain: on purpose we do not, it would be a relay.
  if (q.method === "REGISTER") return q.target === "foreign" ? NOT_A_REGISTRAR : "allow";
  if (q.target === "local" || q.target === "self") return "allow";
  if (q.target === "foreign") return NO_RELAY;
  // A number from the backend that is nobody here must not go back there: it would come round again.
  return q.caller === "user" && q.hasBackend ? "allow" : NOT_HERE;
}
