import {
  type Balance,
  type Health,
  type HealthRules,
  newHealth,
  onAnswer,
  onFailure,
  order,
} from "../backends/index.ts";
import { type Clock, type Flow, hashSpan, type TransportName } from "../base/index.ts";
import type { Entropy, Network } from "../ports/index.ts";
import type { Way } from "../proxy/index.ts";
import { H, type Message } from "../sip/index.ts";
import type { Backend } from "./config.ts";
import type { ListenerView } from "./messages.ts";
import { optionsText } from "./options.ts";
import type { OwnRequests } from "./own-requests.ts";

/** How backends are probed and chosen. */
export interface BackendRules extends HealthRules {
  readonly balance: Balance;
  /** Milliseconds between probes; 0: none are sent, and calls alone tell. */
  readonly interval: number;
}

/** A backend and how it does. */
export type KnownBackend = Omit<Backend, "draining"> & Health;

/** Milliseconds until a probe has failed; two failures a second apart make 2.9 s. */
const PATIENCE = 900;

const NONE: readonly string[] = [];

/** What the world gives: sockets, time, chance. */
interface Means {
  readonly network: Network;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly requests: OwnRequests;
  readonly domain: string;
  readonly listeners: readonly ListenerView[];
}

/** The phone systems behind us: asks each by OPTIONS whether it lives, and gives the order in which a new call tries them. */
export class Backends {
  readonly list: readonly KnownBackend[];
  readonly #rules: BackendRules;
  readonly #means: Means;
  readonly #isAsked: boolean[];
  readonly #nextAt: number[];
  /** Listeners of the private side, by index. */
  readonly #inside: (ListenerView | undefined)[] = [];
  /** Those that went down since the edge last asked. */
  #fallen: readonly string[] = NONE;
  /** Told when one goes down or comes up. */
  onChange: (b: KnownBackend) => void = () => {};

  constructor(backends: readonly Backend[], rules: BackendRules, means: Means) {
    const wall = means.clock.wall();
    this.list = backends.map((b) => ({ ...b, ...newHealth(b.name, b.draining, wall) }));
    this.#rules = rules;
    this.#means = means;
    this.#isAsked = backends.map(() => false);
    this.#nextAt = backends.map(() => 0);
    for (const l of means.listeners) if (l.side === "private") this.#inside[l.index] = l;
  }

  /**
   * Does this flow, or way of a dialog, lead to a backend? It is known by its address, and only on a socket of the private side: what comes in
   * by the public one may claim any address. HOT.
   */
  isAt(to: Flow | Way): boolean {
    const listener = typeof to.listener === "number" ? to.listener : to.listener.index;
    if (this.#inside[listener] === undefined) return false;
    for (let i = 0; i < this.list.length; i++) {
      const b = this.list[i];
      if (b.host === to.host && (to.transport !== "udp" || b.port === to.port)) return true;
    }
    return false;
  }

  /** Index of our listener that backends of this transport and family speak with, -1 for none. */
  listener(transport: TransportName, family: 4 | 6): number {
    const found = this.#inside.find((l) => l?.transport === transport && l.address.includes(":") === (family === 6));
    return found?.index ?? -1;
  }

  /** Where a new request goes, first choice first; none when all are draining. */
  order(m: Message, aor: string): readonly KnownBackend[] {
    const { balance } = this.#rules;
    if (balance === "weight") return order(this.list, () => Math.random());
    const key = balance === "aor" ? aor : m.need(H.callId);
    return order(this.list, (i) => share(key, this.list[i].name));
  }

  /** The one that a user belongs to while it is up; undefined when all are draining. */
  first(aor: string): KnownBackend | undefined {
    return order(this.list, (i) => share(aor, this.list[i].name))[0];
  }

  /** Time has passed. */
  tick(now: number): void {
    if (this.#rules.interval === 0) return;
    for (let i = 0; i < this.list.length; i++) if (!this.#isAsked[i] && now >= this.#nextAt[i]) this.#send(i, now);
  }

  /** A request could not be brought to this backend, or it said 503. */
  callFailed(name: string, what: string): void {
    const b = this.list.find((x) => x.name === name);
    if (b !== undefined && onFailure(b, what, this.#rules, this.#means.clock.wall())) this.#changed(b);
  }

  /** Names of those that went down since this was asked last. */
  takeFallen(): readonly string[] {
    const fallen = this.#fallen;
    this.#fallen = NONE;
    return fallen;
  }

  /** Stops or starts giving new calls to a backend. False when there is none of that name. */
  drain(name: string, draining: boolean): boolean {
    const b = this.list.find((x) => x.name === name);
    if (b !== undefined) b.draining = draining;
    return b !== undefined;
  }

  #send(i: number, now: number): void {
    const b = this.list[i];
    this.#nextAt[i] = now + this.#rules.interval;
    const flow = this.flow(b);
    if (flow === undefined) {
      this.callFailed(b.name, `no ${b.transport} listener reaches it`);
      return;
    }
    this.#isAsked[i] = true;
    const done = (answer: Message | undefined): void => {
      this.#isAsked[i] = false;
      if (answer === undefined) this.callFailed(b.name, flow.open ? "no answer" : "no connection");
      else if (onAnswer(b, answer.status, this.#rules, this.#means.clock.wall())) this.#changed(b);
    };
    this.#means.requests.ask(
      flow,
      PATIENCE,
      (via) => optionsText(flow, via, this.#means.entropy, this.#means.domain),
      done,
    );
  }

  #changed(b: KnownBackend): void {
    if (!b.up) this.#fallen = [...this.#fallen, b.name];
    this.onChange(b);
  }

  /** The way to a backend; undefined when no listener of ours reaches it. */
  flow({ transport, host, port }: KnownBackend): Flow | undefined {
    return this.#means.network.way(transport, host, port, this.listener(transport, host.includes(":") ? 6 : 4));
  }
}

/** A number in (0, 1) that is the same for one key and one backend, on every edge and after every restart. */
function share(key: string, name: string): number {
  const text = `${name}\n${key}`;
  return ((hashSpan(text, 0, text.length, 0x52656d70) >>> 0) + 0.5) / 2 ** 32;
}
