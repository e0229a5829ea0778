import {
  type Balance,
  type Health,
  type HealthRules,
  newHealth,
  onAnswer,
  onFailure,
  order,
} from "../backends/index.ts";
import { type Clock, type Flow, hashSpan } from "../base/index.ts";
import type { Entropy, Network } from "../ports/index.ts";
import { H, type Message } from "../sip/index.ts";
import type { Backend } from "./config.ts";
import { optionsText } from "./options.ts";

/** How backends are probed and chosen. */
export interface BackendRules extends HealthRules {
  readonly balance: Balance;
  /** Milliseconds between probes; 0: none are sent, and calls alone tell. */
  readonly interval: number;
}

/** A backend and how it does. */
export type KnownBackend = Omit<Backend, "draining"> & Health;

/** Milliseconds until a probe is sent again over UDP (T1), and until it has failed; two failures a second apart make 2.9 s. */
const AGAIN = 500;
const PATIENCE = 900;

interface Probe {
  readonly branch: string;
  readonly text: string;
  readonly flow: Flow;
  readonly sentAt: number;
  again: boolean;
}

/** What the world gives: sockets, time, chance. */
interface Means {
  readonly network: Network;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly domain: string;
}

/** The phone systems behind us: asks each by OPTIONS whether it lives, and gives the order in which a new call tries them. */
export class Backends {
  readonly list: readonly KnownBackend[];
  readonly #rules: BackendRules;
  readonly #means: Means;
  readonly #probes: (Probe | undefined)[];
  readonly #nextAt: number[];
  /** Told when one goes down or comes up. */
  onChange: (b: KnownBackend) => void = () => {};

  constructor(backends: readonly Backend[], rules: BackendRules, means: Means) {
    const wall = means.clock.wall();
    this.list = backends.map((b) => ({ ...b, ...newHealth(b.name, b.draining, wall) }));
    this.#rules = rules;
    this.#means = means;
    this.#probes = backends.map(() => undefined);
    this.#nextAt = backends.map(() => 0);
  }

  /** Where a new request goes, first choice first; none when all are draining. */
  order(m: Message, aor: string): readonly KnownBackend[] {
    const { balance } = this.#rules;
    if (balance === "weight") return order(this.list, () => Math.random());
    const key = balance === "aor" ? aor : m.need(H.callId);
    return order(this.list, (i) => share(key, this.list[i].name));
  }

  /** Time has passed. */
  tick(now: number): void {
    if (this.#rules.interval === 0) return;
    for (let i = 0; i < this.list.length; i++) {
      const probe = this.#probes[i];
      if (probe === undefined) {
        if (now >= this.#nextAt[i]) this.#send(i, now);
      } else if (now >= probe.sentAt + PATIENCE) this.#failed(i, "no answer");
      else if (!probe.again && !probe.flow.reliable && now >= probe.sentAt + AGAIN) {
        probe.again = true;
        this.#means.network.send(probe.flow, probe.text);
      }
    }
  }

  /** A response that belongs to no transaction: true when a probe of ours has asked for it. */
  onResponse(m: Message): boolean {
    const { branch } = m.need(H.via);
    const i = this.#probes.findIndex((p) => p?.branch === branch);
    if (i < 0) return false;
    if (m.status < 200) return true;
    this.#probes[i] = undefined;
    const b = this.list[i];
    if (onAnswer(b, m.status, this.#rules, this.#means.clock.wall())) this.onChange(b);
    return true;
  }

  /** A request could not be brought to this backend, or it said 503. */
  callFailed(name: string, what: string): void {
    const b = this.list.find((x) => x.name === name);
    if (b !== undefined && onFailure(b, what, this.#rules, this.#means.clock.wall())) this.onChange(b);
  }

  /** Stops or starts giving new calls to a backend. False when there is none of that name. */
  drain(name: string, draining: boolean): boolean {
    const b = this.list.find((x) => x.name === name);
    if (b !== undefined) b.draining = draining;
    return b !== undefined;
  }

  #send(i: number, now: number): void {
    const { network, entropy, domain } = this.#means;
    const { transport, host, port } = this.list[i];
    this.#nextAt[i] = now + this.#rules.interval;
    const flow = network.way(transport, host, port, -1);
    const branch = `z9hG4bK${entropy.token()}`;
    if (flow === undefined) {
      this.#failed(i, `no ${transport} listener reaches it`);
      return;
    }
    const text = optionsText(flow, branch, entropy, domain);
    this.#probes[i] = { branch, text, flow, sentAt: now, again: false };
    if (!network.send(flow, text)) this.#failed(i, "no connection");
  }

  #failed(i: number, what: string): void {
    this.#probes[i] = undefined;
    this.callFailed(this.list[i].name, what);
  }
}

/** A number in (0, 1) that is the same for one key and one backend, on every edge and after every restart. */
function share(key: string, name: string): number {
  const text = `${name}\n${key}`;
  return ((hashSpan(text, 0, text.length, 0x52656d70) >>> 0) + 0.5) / 2 ** 32;
}
