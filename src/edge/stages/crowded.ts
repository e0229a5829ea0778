import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** Shares of the room there is: what is left is for users, and for requests of calls that stand. */
const STRANGERS = 1 / 2;
const NEW_REQUESTS = 7 / 8;

/** Strangers must not keep users from calling, nor new calls anybody from hanging up. */
export function crowded(r: Request, core: Core): Word {
  if (r.inDialog) return "next";
  const share = r.caller === "stranger" || r.unproved ? STRANGERS : NEW_REQUESTS;
  return core.transactions.isFull(share) ? overloaded(r, core) : "next";
}

/** RFC 3261 21.5.4: later there will be room again. */
export function overloaded(r: Request, core: Core): Word {
  core.counters.overloaded++;
  return r.reply(503, "Retry-After: 10\r\n");
}
