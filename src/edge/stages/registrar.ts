import { register } from "../../registrar/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** RFC 3261 10.3, for a user who has proved to be the one in To. */
export function registrar(r: Request, core: Core): Word {
  if (r.m.method !== "REGISTER") return "next";
  const done = register(core.location, r.m, r.claimed, r.flow, core.clock.wall(), core.config.registrar);
  for (const change of done.changed) core.changes.add(change);
  if (done.status === 200) core.counters.registered++;
  return r.reply(done.status, done.headers);
}
