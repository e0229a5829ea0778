import { BoundedMap, type Flow, hostPort, isFailure, LIMITS } from "../base/index.ts";
import {
  type ForwardOptions,
  forwardRequest,
  forwardResponse,
  type Hiding,
  hiddenResponse,
  hiddenVia,
  loopBranch,
  makeToken,
  nextMaxForwards,
  shownResponse,
  showVias,
  strippedResponse,
  type Target,
  unpackWay,
  type Way,
} from "../proxy/index.ts";
import { type Credentials, H, type Header, type Message, parseUri, type Uri, uriParam } from "../sip/index.ts";
import type { Core } from "./core.ts";
import { readHop, wayOf } from "./hop.ts";
import { flowOfHolder, holderOf } from "./reconnected.ts";
import type { Source } from "./relay.ts";
import type { Request } from "./request.ts";
import { hiddenUri } from "./seal.ts";
import { statelessBranch } from "./tag.ts";

/** Values of the transport parameter in Via. */
const VIA_TRANSPORT = { udp: "UDP", tcp: "TCP", tls: "TLS", ws: "WS", wss: "WSS" } as const;
/** How long a next hop that took no connection is not asked again, ms. */
const NO_STREAM = 600_000;
/** URI parameter of a Record-Route that stands for that of our private side. */
const INSIDE = "inside";
const NONE: readonly string[] = [];
const NO_HEADERS: readonly Header<unknown>[] = [];
/** RFC 3325 6, 9: who somebody is, only those we trust may say. */
export const CLAIMS: readonly Header<unknown>[] = [H.pAssertedIdentity, H.pPreferredIdentity, H.remotePartyId];
/** A stranger has no right to be anonymous either: it is how fraud hides. */
const STRANGERS_CLAIMS: readonly Header<unknown>[] = [...CLAIMS, H.privacy];

/** A request ready to leave: its text, the flow it leaves on and the Via branch it carries. */
export interface Outgoing {
  readonly flow: Flow;
  readonly branch: string;
  readonly text: string;
  /** It goes by a connection because it is large; when that fails, UDP is still there. */
  readonly instead: boolean;
}

/** Writes what is relayed, and finds the flow it leaves on. */
export class Forwarder {
  readonly #core: Core;
  /** "host:port" of next hops without TCP, and until when (monotonic ms) that is believed. */
  readonly #noStream = new BoundedMap<string, number>(4_096);
  readonly #options: ForwardOptions = {
    uri: "",
    via: "",
    recordRoutes: NONE,
    routes: NONE,
    popRoutes: 0,
    maxForwards: LIMITS.maxForwards,
    maxBreadth: -1,
    dropAuth: undefined,
    topVia: "",
    drop: NO_HEADERS,
    asserted: "",
    insideVia: "",
    hiding: undefined,
  };

  constructor(core: Core) {
    this.#core = core;
  }

  /** RFC 3261 16.6 for one target. Undefined when there is no way to it. */
  request(source: Source, target: Target, maxBreadth: number): Outgoing | undefined {
    const flow = this.#flowOf(source, target);
    if (flow === undefined) return undefined;
    const unique = this.#core.entropy.token();
    // RFC 5393 4.2: only who forks can multiply a loop; a single copy is stopped by Max-Forwards.
    const branch = source.forking ? loopBranch(unique, source.m) : `z9hG4bK${unique}`;
    const out = this.#write(source, target, maxBreadth, flow, branch);
    // RFC 3261 18.1.1: too large for a datagram that must not be cut into fragments.
    if (flow.reliable || out.text.length <= LIMITS.udpRequest) return out;
    const stream = this.#streamInstead(flow, target);
    return stream === undefined ? out : { ...this.#write(source, target, maxBreadth, stream, branch), instead: true };
  }

  /** The next hop took no connection: for a while its large requests go by UDP again. */
  streamRefused(flow: Flow, now: number): void {
    this.#noStream.set(hostPort(flow.host, flow.port), now + NO_STREAM);
  }

  /** A connection to the same address, where the next hop may well have one: not behind a NAT, and not asked for UDP. */
  #streamInstead(flow: Flow, target: Target): Flow | undefined {
    const until = this.#noStream.get(hostPort(flow.host, flow.port));
    if (until !== undefined && until > this.#core.clock.now()) return undefined;
    const uri = parseUri(target.uri);
    if (isFailure(uri)) return undefined;
    if (target.server === "" && (uri.host !== flow.host || (uri.port || 5060) !== flow.port)) return undefined;
    if (uriParam(uri, "transport") !== undefined) return undefined;
    const listener = this.#core.backends.isAt(flow) ? this.#core.backends.listener("tcp", flow.family) : -1;
    return this.#core.network.way("tcp", flow.host, flow.port, listener);
  }

  #write(source: Source, target: Target, maxBreadth: number, flow: Flow, branch: string): Outgoing {
    const text = forwardRequest(source.m, this.#fill(source, target, flow, branch, maxBreadth));
    return { flow, branch, text, instead: false };
  }

  /** A request that leaves no state (an ACK to a 2xx). False when there is no way to its target. */
  sendStateless(r: Request): boolean {
    const flow = this.#flowOf(r, r.targets[0]);
    if (flow === undefined) return false;
    // RFC 3261 16.11: the same branch for the same message, however often it comes.
    const { text } = this.#write(r, r.targets[0], -1, flow, statelessBranch(r.m, this.#core.tagSeeds));
    return this.#core.network.send(flow, text);
  }

  /**
   * A 2xx that comes again after its transaction is forgotten (RFC 6026 7.2): `way` is what `wayUpstream` noted then. Not by the
   * Via below ours: the callee wrote that, and would have us send wherever it likes. `from` is the flow it came on.
   */
  returnStateless(m: Message, kept: string, from: Flow): boolean {
    const vias = m.all(H.via);
    if (kept === "" || isFailure(vias) || vias.length < 2) return false;
    const flow = this.#flowAt(unpackWay(kept, 0));
    if (flow === undefined) return false;
    const { backends, config, network } = this.#core;
    const hides = config.hidesTopology && backends.isAt(from) && !backends.isAt(flow);
    if (hides) return network.send(flow, forwardResponse(hiddenResponse(m, hidingBetween(from, flow, this.#core))));
    const said = backends.isAt(from) ? m : strippedResponse(m, CLAIMS);
    const lines = kept.indexOf("\n");
    if (lines < 0) return network.send(flow, forwardResponse(said));
    return network.send(
      flow,
      showVias(forwardResponse(shownResponse(said, showingTo(flow, this.#core))), kept.slice(lines + 1)),
    );
  }

  /** Sends what was kept of an earlier message: the way to its next hop, a line break, its text. */
  sendAgain(kept: string): boolean {
    const flow = kept === "" ? undefined : this.#flowAt(unpackWay(kept, 0));
    return flow !== undefined && this.#core.network.send(flow, kept.slice(kept.indexOf("\n") + 1));
  }

  #flowOf(source: Source, target: Target): Flow | undefined {
    if (source.way !== undefined) return this.#dialogFlow(source.way, source.m, target.uri);
    if (target.flow !== undefined) return target.flow.open ? target.flow : undefined;
    const hop = readHop(target.hop);
    return hop && this.#core.network.way(hop.transport, hop.host, hop.port, hop.listener);
  }

  /** The way a dialog's token tells, or that of the phone which held its connection and has registered over another since. */
  #dialogFlow(way: Way, m: Message, uri: string): Flow | undefined {
    if (way.holder === "") return this.#flowAt(way);
    const open = this.#connection(way);
    // Who moves from one network to another leaves a connection behind that looks alive; but nobody is registered over it any more.
    if (open !== undefined && this.#core.location.reaches(open)) return open;
    return flowOfHolder(way, m, uri, this.#core) ?? open ?? this.#flowAt(way);
  }

  /** A connection that is gone is opened anew, as far as its address can be reached. */
  #flowAt(way: Way): Flow | undefined {
    return this.#connection(way) ?? this.#core.network.way(way.transport, way.host, way.port, way.listener);
  }

  #connection({ connection, host, port }: Way): Flow | undefined {
    const open = connection === 0 ? undefined : this.#core.network.connection(connection);
    // After a restart the number may be another's: the address decides, and behind one NAT the port.
    return open !== undefined && open.host === host && open.port === port ? open : undefined;
  }

  #fill(source: Source, target: Target, flow: Flow, branch: string, maxBreadth: number): ForwardOptions {
    const { m } = source;
    const o = this.#options;
    o.uri = target.uri;
    // RFC 3581 3: rport, so that the answer finds us through a NAT of the next hop's side.
    o.via = `SIP/2.0/${VIA_TRANSPORT[flow.transport]} ${flow.sentBy};branch=${branch};rport`;
    o.recordRoutes = source.inDialog || !opensDialog(m) ? NONE : this.#recordRoutes(source, flow);
    o.routes = target.routes;
    o.popRoutes = source.popRoutes;
    o.maxForwards = nextMaxForwards(m);
    o.maxBreadth = maxBreadth;
    o.dropAuth = this.#answersToUs(source);
    o.topVia = source.topVia;
    this.#guardSides(source, flow, o);
    return o;
  }

  /**
   * RFC 3261 22.3: what answers a challenge of ours goes no further. In a dialog nobody is asked, but phones repeat what they have (22.1 has
   * them do it in an ACK), and whoever got it could try passwords against it.
   */
  #answersToUs({ m, inside }: Source): readonly Credentials[] | undefined {
    const { config, domains } = this.#core;
    if (inside || config.register === "relay" || !m.has(H.proxyAuthorization)) return undefined;
    const all = m.all(H.proxyAuthorization);
    if (isFailure(all)) return undefined;
    return all.filter(({ realm }) => (config.realm === "" ? domains.isOurs(realm, 0) : realm === config.realm));
  }

  /** Do the Vias of this request stay here? Those of the inside do, unless it speaks with itself. */
  hidesVias(r: Source): boolean {
    const { backends, config } = this.#core;
    return r.inside && config.hidesTopology && (r.way === undefined || !backends.isAt(r.way));
  }

  /** What may not cross between the inside, who is trusted to say who calls, and the rest of the world. */
  #guardSides(source: Source, flow: Flow, o: ForwardOptions): void {
    const { backends, config } = this.#core;
    const inwards = backends.list.length > 0 && backends.isAt(flow);
    o.drop = claimsOf(source);
    // RFC 3325 5: who has authenticated the caller says so to those who trust us.
    o.asserted = inwards && source.claimed !== "" ? `<sip:${source.claimed}>` : "";
    const hides = source.inside && !inwards && config.hidesTopology;
    o.insideVia = hides ? hiddenVia(VIA_TRANSPORT[flow.transport], flow.sentBy) : "";
    o.hiding = hides ? hidingBetween(source.flow, flow, this.#core) : undefined;
  }

  /** RFC 3261 16.6.4. Two where the sides differ in address or transport, each side seeing the one that it can reach. */
  #recordRoutes(source: Source, out: Flow): string[] {
    const from = source.flow;
    const { m } = source;
    const caller = m.need(H.from);
    const token = makeToken(
      wayOf(from, holderOf(from, caller.uri, this.#core)),
      wayOf(out, holderOf(out, m.need(H.to).uri, this.#core)),
      m.need(H.callId),
      caller.tag,
      this.#core.mac,
    );
    // RFC 3261 16.6.4: a sips request keeps to TLS for the whole dialog.
    const scheme = m.uri.slice(0, 5).toLowerCase() === "sips:" ? "sips" : "sip";
    const far = recordRoute(scheme, token, out);
    if (from.sentBy === out.sentBy && from.transport === out.transport) return [far];
    const { backends, config } = this.#core;
    const hides = source.inside && config.hidesTopology && scheme === "sip" && !backends.isAt(out);
    return [far, hides ? `<${hiddenRoute(token, out)}>` : recordRoute(scheme, token, from)];
  }
}

/** What this caller may not say of himself. Carriers are trusted like our own phone systems: they know who calls. */
function claimsOf({ inside, caller }: Source): readonly Header<unknown>[] {
  if (inside || caller === "trunk") return NO_HEADERS;
  return caller === "stranger" ? STRANGERS_CLAIMS : CLAIMS;
}

/** Our own place in a Contact, as seen by who is at the other end of `flow`. */
export function contactAt(flow: Flow): string {
  return flow.sentBy + URI_TRANSPORT[flow.transport];
}

/** How URIs of the inside are written for the outside: `from` leads to the backend that speaks, `to` to who hears it. */
export function hidingBetween(from: Flow, to: Flow, core: Core): Hiding {
  const at = contactAt(to);
  return {
    contact: (uri) => hiddenUri(uri, at, from, core.seal),
    route: (uri) => {
      if (hostPort(uri.host, uri.port || 5060) === from.sentBy && uri.user !== "") return hiddenRoute(uri.user, to);
      const sealed = core.isOurs(uri) ? undefined : core.seal.close(uri.text);
      return sealed === undefined ? undefined : `sip:${sealed}@${at};lr`;
    },
  };
}

/** Our own Record-Route of the private side as the outside may see it: at the address that it knows, with the token that both have. */
function hiddenRoute(token: string, to: Flow): string {
  return `sip:${token}@${contactAt(to)};lr;${INSIDE}`;
}

/** How Record-Routes that the outside gives back are written for the inside, at the other end of `flow`. */
export function showingTo(flow: Flow, core: Core): (uri: Uri) => string | undefined {
  return (uri) =>
    core.seal.open(uri) ?? (uriParam(uri, INSIDE) === undefined ? undefined : `sip:${uri.user}@${contactAt(flow)};lr`);
}

/** Values of the transport parameter in a URI: RFC 7118 5.2 knows ws alone, with TLS or without. */
const URI_TRANSPORT = {
  udp: "",
  tcp: ";transport=tcp",
  tls: ";transport=tls",
  ws: ";transport=ws",
  wss: ";transport=ws",
};

function recordRoute(scheme: string, token: string, flow: Flow): string {
  // RFC 3261 26.2.2: transport=tls and sips say the same.
  const transport = scheme === "sips" && flow.transport === "tls" ? "" : URI_TRANSPORT[flow.transport];
  return `<${scheme}:${token}@${flow.sentBy}${transport};lr>`;
}

/** Requests that make a dialog (RFC 3261 12.1, RFC 6665 4.1, RFC 3515), and are not in one yet. */
function opensDialog(m: Message): boolean {
  const { method } = m;
  if (method !== "INVITE" && method !== "SUBSCRIBE" && method !== "REFER" && method !== "NOTIFY") return false;
  return m.need(H.to).tag === "";
}
