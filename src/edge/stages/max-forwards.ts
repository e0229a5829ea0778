import { H } from "../../sip/index.ts";
import type { Request, Word } from "../request.ts";

/** RFC 3261 16.3.3: a request that may go no further is answered 483, and an ACK dropped. */
export function maxForwards(r: Request): Word {
  if (r.m.get(H.maxForwards) !== 0) return "next";
  return r.m.method === "ACK" ? "drop" : r.reply(483);
}
