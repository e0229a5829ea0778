import { hostPort, isSecure } from "../../base/index.ts";
import { isLoop } from "../../proxy/index.ts";
import { type Binding, lookup } from "../../registrar/index.ts";
import { uriParam } from "../../sip/index.ts";
import { backendTargets } from "../backend-targets.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** RFC 3261 16.5: the target set, from the location service or, for what is nobody here, the backend. */
export function route(r: Request, core: Core): Word {
  if (r.inDialog) return "relay";
  if (r.aor === "") return elsewhere(r);
  if (r.isLocal) {
    const found = lookup(core.location, r.aor, core.clock.wall());
    // RFC 3261 26.2.2: the last hop of a sips request is TLS too.
    const bindings = r.target.scheme === "sips" ? found.filter(isReachedByTls) : found;
    // RFC 3261 21.4.18: the user exists and is not logged in.
    if (bindings.length === 0) return r.reply(480);
    // RFC 5393 4.2.3: a request that forks again and again would grow without bound.
    if (bindings.length > 1 && isLoop(r.m, core.isOurVia) === "loop") return r.reply(482);
    r.targets = bindings.map((b) => ({
      uri: b.contact,
      routes: b.path,
      flow: b.flow,
      hop: b.received,
      q: b.q,
      server: "",
    }));
    return "relay";
  }
  const known = backendTargets(r, r.claimed === "" ? r.asking : r.claimed, core);
  // RFC 3261 26.2.2: sips is TLS on every hop.
  r.targets = r.target.scheme === "sips" ? known.filter((t) => t.hop.startsWith("tls:")) : known;
  if (known.length > 0 && r.targets.length === 0) return r.reply(480);
  // RFC 3261 21.5.4: the operator has told each of them to take nothing new.
  if (r.targets.length === 0) return r.reply(503, "Retry-After: 30\r\n");
  return "relay";
}

/** Another domain, by its address or by those that its name leads to; policy has refused whatever has none. */
function elsewhere(r: Request): Word {
  const { text, host, port, scheme } = r.target;
  const transport = uriParam(r.target, "transport")?.toLowerCase() ?? "udp";
  // RFC 3261 26.2.2: sips is TLS on every hop, and no certificate is asked for there yet.
  if (scheme === "sips" || (transport !== "udp" && transport !== "tcp")) return r.reply(403);
  // RFC 3263 4.3: each stands in for the one before it, by a name that no phone system has.
  if (r.hops.length > 0) {
    r.targets = r.hops.map((at, i) => ({ uri: text, routes: [], flow: undefined, hop: at, q: 1000 - i, server: at }));
    return "relay";
  }
  const hop = `${transport}:${hostPort(host, port || 5060)}`;
  r.targets = [{ uri: text, routes: [], flow: undefined, hop, q: 1000, server: "" }];
  return "relay";
}

function isReachedByTls({ flow }: Binding): boolean {
  return flow !== undefined && isSecure(flow.transport);
}
