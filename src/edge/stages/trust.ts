import { H } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/**
 * Who is asking: a backend or a trunk by its address, one who claims an own domain in From (and must prove it), or a stranger.
 * A REGISTER always is a user's: an address registers nobody.
 */
export function trust(r: Request, core: Core): Word {
  const { flow } = r;
  r.inside = core.backends.isAt(flow);
  if (r.m.method === "REGISTER") {
    r.caller = "user";
    return "next";
  }
  if (r.inside) {
    r.caller = "backend";
    return "next";
  }
  const from = r.m.need(H.from).uri;
  if (core.trunks.find(flow.host, flow.transport, from.host) !== undefined) r.caller = "trunk";
  else if (core.domains.isOurs(from.host, from.port)) r.caller = "user";
  return "next";
}
