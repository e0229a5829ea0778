import { hostPort } from "../../base/index.ts";
import { isLoop, type Target } from "../../proxy/index.ts";
import { lookup } from "../../registrar/index.ts";
import { uriParam } from "../../sip/index.ts";
import type { KnownBackend } from "../backends.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** RFC 3261 16.5: the target set, from the location service or, for what is nobody here, the backend. */
export function route(r: Request, core: Core): Word {
  if (r.inDialog) return "relay";
  if (r.aor === "") return elsewhere(r);
  if (r.isLocal) {
    const bindings = lookup(core.location, r.aor, core.clock.wall());
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
  const backends = core.backends.order(r.m, r.claimed);
  // RFC 3261 21.5.4: the operator has told each of them to take nothing new.
  if (backends.length === 0) return r.reply(503, "Retry-After: 30\r\n");
  r.targets = backends.map((b, i) => backendTarget(r.dialled, b, i));
  return "relay";
}

/** Another domain, by its address: names are not resolved here (RFC 3263 is for later), and policy has refused them. */
function elsewhere(r: Request): Word {
  const { text, host, port } = r.target;
  const transport = uriParam(r.target, "transport")?.toLowerCase() ?? "udp";
  if (transport !== "udp" && transport !== "tcp") return r.reply(403);
  const hop = `${transport}:${hostPort(host, port || 5060)}`;
  r.targets = [{ uri: text, routes: [], flow: undefined, hop, q: 1000, server: "" }];
  return "relay";
}

/** Each is the stand-in of the one before. */
function backendTarget(user: string, { name, transport, host, port }: KnownBackend, place: number): Target {
  const way = transport === "udp" ? "" : `;transport=${transport}`;
  const at = hostPort(host, port);
  const hop = `${transport}:${at}`;
  return { uri: `sip:${user}@${at}${way}`, routes: [], flow: undefined, hop, q: 1000 - place, server: name };
}
