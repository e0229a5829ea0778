import { isFailure } from "../../base/index.ts";
import { aorOf, aorOfAccount } from "../../policy/index.ts";
import { register } from "../../registrar/index.ts";
import { type Credentials, H } from "../../sip/index.ts";
import { backendFlow, backendTargets } from "../backend-targets.ts";
import type { Core } from "../core.ts";
import { contactAt } from "../forwarder.ts";
import { registerInwards } from "../registering.ts";
import type { Request, Word } from "../request.ts";

/** RFC 3261 10.3: by us, or by the phone system behind us. */
export function registrar(r: Request, core: Core): Word {
  if (r.m.method !== "REGISTER") return "next";
  return core.config.register === "relay" ? relayInwards(r, core) : answer(r, core);
}

/** RFC 3261 10.3, for a user who has proved to be the one in To. */
function answer(r: Request, core: Core): Word {
  const done = register(core.location, r.m, r.claimed, r.flow, core.clock.wall(), core.config.registrar);
  for (const change of done.changed) core.changes.add(change);
  if (done.status === 200) core.counters.registered++;
  return r.reply(done.status, done.headers);
}

/** To the registrar behind us, with contacts that lead back through here. */
function relayInwards(r: Request, core: Core): Word {
  const aor = aorOf(r.m.need(H.to).uri, core.domains);
  const credentials = [r.m.all(H.authorization), r.m.all(H.proxyAuthorization)];
  if (aor === "" || credentials.some(isFailure)) return r.reply(400);
  // RFC 3261 10.3 item 4: a password for one name is no password for another. The phone system need not see the attempt, nor
  // choose among several. Where its users log in by names of their own, it alone knows whose they are.
  const domain = aor.slice(aor.lastIndexOf("@") + 1);
  const isOther = (c: Credentials): boolean => aorOfAccount(c.username, domain) !== aor;
  if (core.config.login === "same" && credentials.some((list) => !isFailure(list) && list.some(isOther))) {
    core.counters.wrongPassword++;
    return r.reply(403);
  }
  const targets = backendTargets(r, aor, core);
  const flow = targets.length > 0 ? backendFlow(targets[0], core) : undefined;
  if (flow === undefined) return r.reply(503, "Retry-After: 30\r\n");
  const inwards = registerInwards(r.m, aor, contactAt(flow), core);
  if (inwards === undefined) return r.reply(400);
  r.registering = { m: r.m, aor, flow: r.flow };
  r.m = inwards;
  r.targets = targets;
  return "relay";
}
