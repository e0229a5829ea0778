import { isFailure, LIMITS } from "../base/index.ts";
import { H, type Message, parseUri, type Uri, uriParam } from "../sip/index.ts";

/** RFC 3261 16.6.3: what to send in Max-Forwards; 70 when there is none. */
export function nextMaxForwards(m: Message): number {
  const value = m.get(H.maxForwards);
  return typeof value === "number" ? value - 1 : LIMITS.maxForwards;
}

/** RFC 3261 16.3.5: an Unsupported line for the options of Proxy-Require that we do not know; undefined when all is well. */
export function checkProxyRequire(m: Message): string | undefined {
  const tags = m.all(H.proxyRequire);
  if (isFailure(tags) || tags.length === 0) return undefined;
  return `Unsupported: ${tags.join(", ")}\r\n`;
}

/** RFC 3261 16.4: a strict router before us has put our Route into the Request-URI: the last Route is the true target. */
export function fixStrictRoute(m: Message, isOurs: (u: Uri) => boolean): Uri | undefined {
  const uri = m.requestUri();
  if (isFailure(uri) || !isOurs(uri) || uriParam(uri, "lr") === undefined) return undefined;
  const routes = m.all(H.route);
  if (isFailure(routes) || routes.length === 0) return undefined;
  const last = parseUri(routes[routes.length - 1].uri.text);
  return isFailure(last) ? undefined : last;
}
