import { isFailure } from "../base/index.ts";
import { Edit, H, type Header, type Message, parseUri, type Uri, uriParam } from "../sip/index.ts";
import { type Hiding, hideInside } from "./hide.ts";

/** What changes in a request on its way through (RFC 3261 16.6). The host may keep one of these and fill it anew each time. */
export interface ForwardOptions {
  /** The new Request-URI. */
  uri: string;
  /** Our whole Via value, branch included. */
  via: string;
  /** Record-Route values, the top one first; two where the request crosses sides. */
  recordRoutes: readonly string[];
  /** Route values to push, the first hop first (Path of a binding). */
  routes: readonly string[];
  /** How many of the leading Route values named us. */
  popRoutes: number;
  /** Value to send, already decremented (`nextMaxForwards`). */
  maxForwards: number;
  /** Max-Breadth to send; -1 leaves the header as it came. */
  maxBreadth: number;
  /** Credentials meant for us, to be taken out (RFC 3261 22.3): spans of Proxy-Authorization values. */
  dropAuth: readonly Span[] | undefined;
  /** The sender's Via value with received and rport filled in (`viaWithSource`); empty to leave it. */
  topVia: string;
  /** Headers that whoever sent this may not set: every line of them is taken out. */
  drop: readonly Header<unknown>[];
  /** RFC 3325 9.1: value of P-Asserted-Identity, for who has proved to be somebody; empty for none. */
  asserted: string;
  /** From the inside to the outside: the Via that stands for all others, and how URIs are written; "" and undefined show what there is. */
  insideVia: string;
  hiding: Hiding | undefined;
}

const CR = 13;

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Text of `m` as it leaves us, RFC 3261 16.6 steps 1 to 6, 8 and 9. Everything not named in `o` stays byte for byte.
 * `m` must have passed `check`. A next hop that is a strict router gets what it expects (16.6.6). HOT.
 */
export function forwardRequest(m: Message, o: ForwardOptions): string {
  const e = new Edit(m);
  const next = nextRoute(m, o);
  if (next === undefined || isLoose(next)) {
    e.uri(requestUriOf(o.uri));
    for (let i = 0; i < o.popRoutes; i++) e.dropFirst(H.route);
    for (let i = o.routes.length - 1; i >= 0; i--) e.prepend(H.route, o.routes[i]);
  } else toStrictRouter(m, o, e, next);
  for (let i = 0; i < o.drop.length; i++) e.removeAll(o.drop[i]);
  if (o.asserted !== "") e.prepend(H.pAssertedIdentity, o.asserted);
  if (o.hiding !== undefined) hideInside(e, m, o.hiding);
  // RFC 3261 16.6.8 and 18.2.1: ours on top of the sender's, which says where it really came from.
  if (o.insideVia !== "") {
    e.removeAll(H.via);
    e.prepend(H.via, o.insideVia);
  } else if (o.topVia !== "") {
    const top = m.need(H.via);
    e.replace(top.start, top.end, o.topVia);
  }
  e.prepend(H.via, o.via);
  for (let i = o.recordRoutes.length - 1; i >= 0; i--) e.prepend(H.recordRoute, o.recordRoutes[i]);
  e.set(H.maxForwards, String(o.maxForwards));
  if (o.maxBreadth >= 0) e.set(H.maxBreadth, String(o.maxBreadth));
  if (o.dropAuth !== undefined) for (const span of o.dropAuth) e.dropValue(span, H.proxyAuthorization);
  // RFC 3261 16.6.9: a stream needs it, and a datagram loses nothing by it.
  if (!m.has(H.contentLength)) e.set(H.contentLength, String(m.bodyEnd - m.bodyStart));
  return e.print();
}

/** `uri` without what may not stand in a Request-URI (RFC 3261 16.6.2, 19.1.1 table 1): headers and the method parameter. */
export function requestUriOf(uri: string): string {
  if (!uri.includes("?") && !uri.includes(";method=")) return uri;
  const parsed = parseUri(uri);
  if (isFailure(parsed) || (parsed.scheme !== "sip" && parsed.scheme !== "sips")) return uri;
  const end = uri.length - parsed.headers.length - (parsed.headers === "" ? 0 : 1);
  const bare = uri.slice(0, end - parsed.params.length);
  const params = parsed.params.split(";").filter((p) => p !== "" && !/^method(=|$)/i.test(p));
  return params.length === 0 ? bare : `${bare};${params.join(";")}`;
}

/** URI of the first Route value that the next hop will see; undefined when there is none. */
function nextRoute(m: Message, o: ForwardOptions): Uri | undefined {
  if (o.routes.length > 0) {
    const value = o.routes[0];
    const uri = parseUri(value, value.indexOf("<") + 1, value.lastIndexOf(">"));
    return isFailure(uri) ? undefined : uri;
  }
  const line = m.line(H.route);
  if (line < 0) return undefined;
  // A dialog through us alone: one Route, ours, which the caller has read already.
  const first = m.get(H.route);
  if (first === undefined || isFailure(first)) return undefined;
  if (o.popRoutes === 0) return first.uri;
  if (m.text.charCodeAt(first.end) === CR && m.line(H.route, line + 1) < 0) return undefined;
  const routes = m.all(H.route);
  return isFailure(routes) || routes.length <= o.popRoutes ? undefined : routes[o.popRoutes].uri;
}

function isLoose(uri: Uri): boolean {
  return uriParam(uri, "lr") !== undefined;
}

/** RFC 3261 16.6.6: the first Route becomes the Request-URI, and the Request-URI the last Route. */
function toStrictRouter(m: Message, o: ForwardOptions, e: Edit, next: Uri): void {
  const values = [...o.routes];
  const left = m.all(H.route);
  if (!isFailure(left))
    for (let i = o.popRoutes; i < left.length; i++) values.push(m.text.slice(left[i].start, left[i].end));
  values.shift();
  values.push(`<${requestUriOf(o.uri)}>`);
  e.uri(requestUriOf(next.text));
  e.removeAll(H.route);
  e.prepend(H.route, values.join(", "));
}
