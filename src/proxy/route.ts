import { isFailure } from "../base/index.ts";
import { Edit, H, type Message, parseMessage, type Uri, uriParam } from "../sip/index.ts";
import { isTokenShaped } from "./token.ts";

/** A request as it was before a strict router took it apart. */
export interface Unstrict {
  /** The request with its true Request-URI; `proceed as if it received this modified request` (RFC 3261 16.4). */
  readonly message: Message;
  /** The token that stood in the Request-URI: it counts as that of the topmost Route. */
  readonly token: string;
}

/**
 * RFC 3261 16.4: a strict router before us has put our Record-Route URI into the Request-URI and the true one behind the last
 * Route. Undefined for all other requests: a Request-URI is ours only when it has `lr` and a user that can be a token, since
 * the mere name of our domain stands in most requests that come here.
 */
export function undoStrictRoute(m: Message, isOurs: (u: Uri) => boolean): Unstrict | undefined {
  if (!m.has(H.route)) return undefined;
  const uri = m.requestUri();
  if (isFailure(uri) || !isTokenShaped(uri.user) || uriParam(uri, "lr") === undefined || !isOurs(uri)) return undefined;
  const routes = m.all(H.route);
  if (isFailure(routes)) return undefined;
  const last = routes[routes.length - 1];
  const e = new Edit(m);
  e.uri(last.uri.text);
  e.dropValue(last, H.route);
  const message = parseMessage(e.print());
  return isFailure(message) ? undefined : { message, token: uri.user };
}
