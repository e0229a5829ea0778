import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** Strangers may fill half of what there is room for; the other half is for those who have proved who they are. */
export function crowded(r: Request, core: Core): Word {
  if (r.caller !== "stranger" || core.transactions.size < core.config.maxTransactions / 2) return "next";
  return overloaded(r, core);
}

/** RFC 3261 21.5.4: later there will be room again. */
export function overloaded(r: Request, core: Core): Word {
  core.counters.overloaded++;
  return r.reply(503, "Retry-After: 10\r\n");
}
