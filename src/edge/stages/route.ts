import { hostPort } from "../../base/index.ts";
import { isLoop, type Target } from "../../proxy/index.ts";
import { lookup } from "../../registrar/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** RFC 3261 16.5: the target set, from the location service or, for what is nobody here, the backend. */
export function route(r: Request, core: Core): Word {
  if (r.isLocal) {
    const bindings = lookup(core.location, r.aor, core.clock.wall());
    // RFC 3261 21.4.18: the user exists and is not logged in.
    if (bindings.length === 0) return r.reply(480);
    // RFC 5393 4.2.3: a request that forks again and again would grow without bound.
    if (bindings.length > 1 && isLoop(r.m, core.isOurVia) === "loop") return r.reply(482);
    r.targets = bindings.map((b) => ({ uri: b.contact, routes: b.path, flow: b.flow, hop: b.received, q: b.q }));
  } else r.targets = [backendTarget(r, core)];
  return "relay";
}

/** The first backend; several, and their health, come with failover. */
function backendTarget(r: Request, core: Core): Target {
  const { transport, host, port } = core.config.backends[0];
  const way = transport === "udp" ? "" : `;transport=${transport}`;
  const uri = `sip:${r.target.user}@${hostPort(host, port)}${way}`;
  return { uri, routes: [], flow: undefined, hop: `${transport}:${hostPort(host, port)}`, q: 1000 };
}
