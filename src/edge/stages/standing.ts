import { aorOf } from "../../policy/index.ts";
import { isRegisteredFrom } from "../../registrar/index.ts";
import { H } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/**
 * Where the phone system asks for passwords (`relay`), nobody but its registered phones gets so far as to be asked for a call: a stranger
 * who claims to be a user is refused alike whether that user exists or not.
 */
export function standing(r: Request, core: Core): Word {
  const { config, location, clock, counters } = core;
  if (config.register !== "relay" || r.caller !== "user" || r.m.method === "REGISTER") return "next";
  r.asking = aorOf(r.m.need(H.from).uri, core.domains);
  if (config.unregistered === "pass" || isRegisteredFrom(location, r.asking, r.flow.host, clock.wall())) return "next";
  counters.unregistered++;
  return r.reply(403);
}
