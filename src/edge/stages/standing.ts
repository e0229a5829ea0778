import { aorOf } from "../../policy/index.ts";
import { isRegisteredFrom } from "../../registrar/index.ts";
import { H } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/**
 * Where the phone system asks for passwords (`relay`), nobody but its registered phones gets so far as to be asked for a call: a stranger
 * who claims to be a user is refused alike whether that user exists or not. Anybody may ask to be registered, but has no more room than
 * strangers have.
 */
export function standing(r: Request, core: Core): Word {
  const { config, location, clock, counters } = core;
  if (config.register !== "relay" || r.caller !== "user") return "next";
  const registering = r.m.method === "REGISTER";
  r.asking = aorOf(r.m.need(registering ? H.to : H.from).uri, core.domains);
  r.unproved = !isRegisteredFrom(location, r.asking, r.flow.host, clock.wall());
  if (registering || config.unregistered === "pass" || !r.unproved) return "next";
  counters.unregistered++;
  core.facts.addUnknown(r.flow, r.m, r.asking);
  return r.reply(403);
}
