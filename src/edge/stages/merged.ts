import { H } from "../../sip/index.ts";
import { mergeKey } from "../../transaction/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/**
 * RFC 3261 8.2.2.2: the same INVITE for the same target by another way: somebody before us forked it and both copies came
 * here. One is enough, or the phone would ring twice.
 */
export function merged(r: Request, core: Core): Word {
  if (r.m.method !== "INVITE" || r.m.need(H.to).tag !== "") return "next";
  r.mergeKey = `${mergeKey(r.m)}\n${r.m.uri}`;
  return core.transactions.isMerged(r.mergeKey) ? r.reply(482) : "next";
}
