import { isFailure, isSecure } from "../../base/index.ts";
import { checkProxyRequire } from "../../proxy/index.ts";
import { H } from "../../sip/index.ts";
import type { Core } from "../core.ts";
import type { Request, Word } from "../request.ts";

/** RFC 3261 16.3 items 1, 2 and 5. Grammar was checked before; here is what we cannot serve. */
export function sanity(r: Request, core: Core): Word {
  const uri = r.m.requestUri();
  if (isFailure(uri)) return malformed(r, core);
  // RFC 3261 16.3.2: 416 for a scheme we do not understand. tel: is a number (RFC 3966), which policy knows to handle.
  if (uri.scheme !== "sip" && uri.scheme !== "sips" && uri.scheme !== "tel") return refuse(r, 416);
  // RFC 3261 26.2.2, 26.3.2.2: sips asks for TLS on every hop, and the first one was none.
  if (uri.scheme === "sips" && !isSecure(r.flow.transport)) return refuse(r, 403);
  r.target = uri;
  // RFC 3261 16.3.5, 20.29; never for ACK and CANCEL (8.2.2.3).
  if (r.m.has(H.proxyRequire) && r.m.method !== "ACK") {
    const unsupported = checkProxyRequire(r.m);
    if (unsupported !== undefined) return refuse(r, 420, unsupported);
  }
  return "next";
}

function malformed(r: Request, core: Core): Word {
  core.counters.malformed++;
  return refuse(r, 400);
}

/** An ACK is never answered (RFC 3261 17.1.1.3). */
function refuse(r: Request, status: number, headers = ""): Word {
  return r.m.method === "ACK" ? "drop" : r.reply(status, headers);
}
