import type { Clock, Flow } from "../base/index.ts";
import type { Entropy, Network } from "../ports/index.ts";
import { H, type Message } from "../sip/index.ts";

/** RFC 3261 17.1.2.2, timers E: milliseconds until the first repetition over UDP, doubled each time up to T2. */
const T1 = 500;
const T2 = 4_000;

interface Asked {
  readonly flow: Flow;
  readonly text: string;
  until: number;
  readonly done: (answer: Message | undefined) => void;
  wait: number;
  againAt: number;
}

/**
 * Requests of Rempart itself, none of them an INVITE: probes, registrations at phone systems. They are few, so each is a small object and
 * all are looked at every tick; those of others go through `transaction/`.
 */
export class OwnRequests {
  /** By Via branch. */
  readonly #asked = new Map<string, Asked>();
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #entropy: Entropy;

  constructor(network: Network, clock: Clock, entropy: Entropy) {
    this.#network = network;
    this.#clock = clock;
    this.#entropy = entropy;
  }

  /** How many wait for an answer. */
  get size(): number {
    return this.#asked.size;
  }

  /**
   * Sends what `write` makes for a Via value, and tells the final response, or undefined when none came in `patience` ms or the connection is
   * gone. `done` is called once, and never before this has returned.
   */
  ask(flow: Flow, patience: number, write: (via: string) => string, done: Asked["done"]): void {
    const now = this.#clock.now();
    const branch = `z9hG4bK${this.#entropy.token()}`;
    const text = write(`SIP/2.0/${flow.transport.toUpperCase()} ${flow.sentBy};branch=${branch};rport`);
    const asked = { flow, text, until: now + patience, done, wait: T1, againAt: now + T1 };
    // First, so that whoever asks hears of its end even when sending fails by a fault of ours.
    this.#asked.set(branch, asked);
    if (!this.#network.send(flow, text)) asked.until = now;
  }

  /** Time has passed. */
  tick(now: number): void {
    for (const [branch, a] of this.#asked) {
      if (now >= a.until || !a.flow.open) {
        this.#asked.delete(branch);
        a.done(undefined);
      } else if (now >= a.againAt && !a.flow.reliable) {
        a.wait = Math.min(2 * a.wait, T2);
        a.againAt = now + a.wait;
        this.#network.send(a.flow, a.text);
      }
    }
  }

  /** A response that belongs to no transaction: true when one of ours has asked for it. */
  onResponse(m: Message): boolean {
    const { branch } = m.need(H.via);
    const a = this.#asked.get(branch);
    if (a === undefined) return false;
    if (m.status < 200) return true;
    this.#asked.delete(branch);
    a.done(m);
    return true;
  }
}
