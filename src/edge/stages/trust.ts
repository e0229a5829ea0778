import { H } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** Who is asking: a backend by its address, one who claims an own domain in From (and must prove it), or a stranger. */
export function trust(r: Request, core: Core): Word {
  if (core.backends.isAt(r.flow)) {
    r.caller = "backend";
    r.inside = true;
    return "next";
  }
  const from = r.m.need(H.from).uri;
  if (r.m.method === "REGISTER" || core.domains.isOurs(from.host, from.port)) r.caller = "user";
  return "next";
}
