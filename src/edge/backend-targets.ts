import { type Flow, hostPort } from "../base/index.ts";
import type { Target } from "../proxy/index.ts";
import type { KnownBackend } from "./backends.ts";
import type { Core } from "./core.ts";
import { readHop } from "./hop.ts";
import type { Request } from "./request.ts";

/** The phone systems that may serve a request of `aor`, each the stand-in of the one before; none when all are draining. */
export function backendTargets(r: Request, aor: string, core: Core): Target[] {
  return core.backends.order(r.m, aor).map((b, i) => target(r, b, i, core));
}

function target(r: Request, b: KnownBackend, place: number, core: Core): Target {
  const { name, transport, host, port } = b;
  const way = transport === "udp" ? "" : `;transport=${transport}`;
  const at = hostPort(host, port);
  const listener = core.backends.listener(transport, host.includes(":") ? 6 : 4);
  const hop = `${transport}:${at}${listener < 0 ? "" : `#${listener}`}`;
  // A registrar behind us knows its domain by the name that phones use, and its digests name it.
  const uri = core.config.register === "relay" ? r.target.text : `sip:${r.dialled}@${at}${way}`;
  return { uri, routes: [], flow: undefined, hop, q: 1000 - place, server: name };
}

/** The flow that leads to such a target. */
export function backendFlow({ hop }: Target, core: Core): Flow | undefined {
  const to = readHop(hop);
  return to && core.network.way(to.transport, to.host, to.port, to.listener);
}
