import { BoundedMap, type Failure, isFailure, own } from "../base/index.ts";
import type { Wire } from "../capture/index.ts";
import { Domains, Trunks } from "../policy/index.ts";
import { type Fact, type FactKind, Floods, injectionIn, sourceOf, ToolNames, toolOf } from "../shield/index.ts";
import { check, H, type Message } from "../sip/index.ts";
import { HeldFacts } from "./held.ts";
import { type Asked, askedOf, cut } from "./request.ts";
import type { Servers } from "./servers.ts";
import type { Site } from "./site.ts";

/** Requests that wait for their answer, nonces, and users that were seen with their password. */
const REQUESTS = 65_536;
const NONCES = 65_536;
const USERS = 65_536;
/** Domains that are learned from who is registered. */
const HOSTS = 1_024;

interface Given {
  /** The one address it was given to; empty when there were several: then it proves nothing of any of them. */
  readonly to: string;
  readonly at: number;
}

/**
 * Tells from what went over the wire what the edge would have told: the same facts, as far as they can be seen from outside. Where the edge knows
 * (who exists here), it goes by what was answered. docs/replay.md has the limits of that.
 */
export class Witness {
  readonly #site: Site;
  readonly #servers: Servers;
  readonly #tell: (fact: Fact) => void;
  readonly #domains: Domains;
  readonly #decoys: ReadonlySet<string>;
  readonly #trunks = new Trunks();
  readonly #tools = new ToolNames();
  readonly #floods = new Floods();
  readonly #held = new HeldFacts();
  readonly #asked = new BoundedMap<string, Asked>(REQUESTS);
  readonly #nonces = new BoundedMap<string, Given>(NONCES);
  /** Those that exist here: their password was shown. */
  readonly #users = new BoundedMap<string, true>(USERS);

  readonly #learned = new Set<string>();

  constructor(site: Site, servers: Servers, tell: (fact: Fact) => void) {
    this.#site = site;
    this.#servers = servers;
    this.#tell = tell;
    const aliases = [...site.aliases, ...servers.hosts];
    this.#domains = new Domains({ domains: site.domains, aliases });
    this.#decoys = new Set(site.decoys);
    this.#trunks.change(site.trunks, []);
  }

  /** One message, or what stood in the place of one. False: it went to nobody who is judged for. */
  take(w: Wire, m: Message | Failure | undefined): boolean {
    this.settle(w.at);
    const direction = this.#servers.directionOf(w);
    if (direction === "none") return false;
    if (m === undefined || isFailure(m)) {
      if (direction === "in" && !w.isCut) this.#add("malformed", w, undefined, m === undefined ? w.fault : m.code);
    } else if (m.isRequest) {
      if (direction === "in") this.#onRequest(w, m);
    } else if (direction === "out") this.#onResponse(w, m);
    return true;
  }

  /** What nothing has followed is told. */
  settle(now: number): void {
    for (const fact of this.#held.due(now)) {
      // Meanwhile he may have shown a password, and is no decoy.
      if (fact.kind !== "decoy" || !this.#users.get(fact.account)) this.#tell(fact);
    }
  }

  #onRequest(w: Wire, m: Message): void {
    const fault = check(m);
    if (fault !== undefined) {
      if (!w.isCut) this.#add("malformed", w, m, fault.code);
      return;
    }
    if (m.method === "ACK" || m.method === "CANCEL") return;
    const { number } = m.need(H.cseq);
    const key = `${w.from} ${m.need(H.via).branch} ${number} ${m.method}`;
    const isAgain = this.#asked.get(key) !== undefined;
    const isTrunk = this.#trunks.has(w.from);
    // RFC 3261 17.2.3: what was sent again is evidence of nothing; but what Rempart answers without a transaction costs it each time.
    if (!isAgain || this.#isOurOwn(m)) {
      if (this.#floods.count(sourceOf(w.from), w.at) && !isTrunk) this.#add("flood", w, m, "");
    }
    if (isAgain) return;
    const tool = toolOf(m, this.#tools);
    const place = injectionIn(m);
    if (tool !== "") this.#add("scanner", w, m, tool);
    if (place !== "") this.#add("injection", w, m, place);
    const asked = askedOf(w, m, this.#domains, isTrunk, this.#learned);
    if (asked === undefined) return;
    // RFC 3261 12.2: within a dialog nobody looks for anything.
    if (m.need(H.to).tag !== "") asked.isAnswered = true;
    if (asked.nonce !== "") this.#held.drop(`${asked.address} ${asked.callId}`);
    this.#asked.set(own(key), asked);
  }

  #isOurOwn(m: Message): boolean {
    if (m.method === "REGISTER") return !this.#site.isRelay;
    const uri = m.method === "OPTIONS" ? m.requestUri() : undefined;
    return uri !== undefined && !isFailure(uri) && uri.user === "";
  }

  #onResponse(w: Wire, m: Message): void {
    if (m.status < 200 || check(m) !== undefined) return;
    const asks = m.status === 401 || m.status === 407;
    const stale = asks && this.#rememberNonces(w, m);
    const { number, method } = m.need(H.cseq);
    const asked = this.#asked.get(`${w.to} ${m.need(H.via).branch} ${number} ${method}`);
    if (asked === undefined || asked.isAnswered || asked.caller === "trunk") return;
    asked.isAnswered = true;
    if (m.status < 300) this.#onSuccess(asked, w.at);
    else if (asked.nonce !== "") this.#onRefusedPassword(asked, m.status, stale);
    else this.#onRefused(asked, m.status);
  }

  /** Gives whether the challenge says that the nonce was merely old. */
  #rememberNonces(w: Wire, m: Message): boolean {
    const all = m.all(m.status === 401 ? H.wwwAuthenticate : H.proxyAuthenticate);
    if (isFailure(all)) return false;
    for (const { nonce } of all) {
      if (nonce === "") continue;
      const known = this.#nonces.get(nonce);
      // PJSIP gives one nonce to all that are one address to it.
      const to = known === undefined || known.to === w.to ? w.to : "";
      this.#nonces.set(own(nonce), { to, at: w.at });
    }
    return all.some((c) => c.stale);
  }

  #onSuccess(asked: Asked, now: number): void {
    if (asked.nonce === "" || (asked.method !== "REGISTER" && asked.method !== "INVITE")) return;
    this.#users.set(asked.account, true);
    if (asked.method === "REGISTER" && this.#learned.size < HOSTS) this.#learned.add(asked.host);
    this.#users.set(own(`${asked.account} at ${asked.address}`), true);
    this.#floods.shown(sourceOf(asked.address), now);
    this.#tell(factOf("success", asked, asked.account, "", true));
  }

  /** A password was shown, and refused. */
  #onRefusedPassword(asked: Asked, status: number, stale: boolean): void {
    const isRegister = asked.method === "REGISTER";
    const given = this.#nonces.get(asked.nonce);
    const proved = asked.proved || given?.to === asked.address;
    if (isRegister && (status === 404 || (status === 403 && this.#site.isRelay))) {
      this.#addUnknown(asked, asked.account, proved);
      return;
    }
    // A call with the right password may be forbidden: 403 is a wrong one of a REGISTER alone.
    if (status !== 401 && status !== 407 && !(status === 403 && isRegister)) return;
    // Whose password was right there is forbidden something else: one contact more than he may have.
    if (status === 403 && this.#users.get(`${asked.account} at ${asked.address}`)) return;
    // An old nonce is no failure, and one that nobody here gave out is no answer.
    if (stale || given === undefined || asked.at - given.at > this.#site.nonceLife) return;
    this.#tell(factOf("wrongPassword", asked, asked.account, "", proved));
    if (this.#isDecoy(asked.account)) this.#hold(factOf("decoy", asked, asked.account, "", proved));
  }

  /** Refused without having shown a password. */
  #onRefused(asked: Asked, status: number): void {
    const isRegister = asked.method === "REGISTER";
    if (status === 401 || status === 407) {
      if (asked.caller === "user") {
        if (this.#isDecoy(asked.account)) this.#hold(factOf("decoy", asked, asked.account, "", asked.proved));
      } else this.#onStranger(asked, (fact) => this.#held.hold(`${asked.address} ${asked.callId}`, fact));
      return;
    }
    if (isRegister) {
      if (asked.kind !== "foreign" && (status === 404 || (status === 403 && this.#site.isRelay)))
        this.#addUnknown(asked, asked.account, asked.proved);
      return;
    }
    const isRefused = status === 404 || status === 604 || (asked.caller === "stranger" && status === 403);
    if (isRefused) this.#onStranger(asked, this.#tell);
  }

  /** What a stranger looks for here: a way to elsewhere, a number outside, or a name. */
  #onStranger(asked: Asked, tell: (fact: Fact) => void): void {
    const { kind, target, proved } = asked;
    if (kind === "foreign" || kind === "number") tell(factOf("relay", asked, "", target, proved));
    else if (kind === "name" && !this.#users.get(target))
      tell(factOf(this.#unknownKind(target), asked, target, "", proved));
  }

  #addUnknown(asked: Asked, account: string, proved: boolean): void {
    this.#tell(factOf(this.#unknownKind(account), asked, account, "", proved));
  }

  #unknownKind(account: string): FactKind {
    return this.#isDecoy(account) ? "decoy" : "unknownUser";
  }

  #isDecoy(account: string): boolean {
    return this.#decoys.has(account.slice(0, account.lastIndexOf("@"))) && !this.#users.get(account);
  }

  #hold(fact: Fact): void {
    this.#held.hold(`${fact.address} decoy ${fact.account} ${fact.proved}`, fact);
  }

  #add(kind: FactKind, w: Wire, m: Message | undefined, detail: string): void {
    const agent = m?.get(H.userAgent);
    const callId = m?.get(H.callId);
    const device = agent === undefined || isFailure(agent) ? "" : cut(agent);
    const id = callId === undefined || isFailure(callId) ? "" : cut(callId);
    const reference = m === undefined ? "" : `${cut(m.method)} ${id}`;
    const { at, from, transport, proved } = w;
    this.#tell({
      kind,
      at,
      address: from,
      transport,
      proved,
      account: "",
      device,
      detail: cut(detail),
      reference,
      message: "",
      times: 1,
    });
  }
}

function factOf(kind: FactKind, asked: Asked, account: string, detail: string, proved: boolean): Fact {
  const { at, address, transport, device, method, callId } = asked;
  const reference = `${method} ${callId}`;
  return { kind, at, address, transport, proved, account, device, detail, reference, message: "", times: 1 };
}
