import { challenge, makeNonce } from "../auth/index.ts";
import { type Flow, isFailure, own } from "../base/index.ts";
import type { Answer } from "../shield/index.ts";
import { check, type Message, parseMessage, viaWithSource } from "../sip/index.ts";
import { amplified, replyWithin } from "./allowance.ts";
import type { Core } from "./core.ts";
import { statelessTag } from "./tag.ts";

/** Answers to the banned within a second at once, and how many may wait for their time; what is more gets silence. */
const UNIFORM = 200;
const WAITING = 1_024;
/** How long an answer of the tarpit takes, ms: longer than a phone waits, shorter than a scanner gives up (RFC 3261 timer F, 32 s). */
const SLOW = 12_000;

interface Waiter {
  readonly flow: Flow;
  readonly text: string;
  readonly due: number;
}

/**
 * What the banned hear where the operator does not want silence: that a password is wanted, whatever they send, at once (`uniform`) or late, one
 * answer at a time (`tarpit`). Nothing they send is looked at, and a right password is as good as a wrong one.
 */
export class BrushOff {
  readonly #core: Core;
  /** By address: the answer that is due there. Oldest first, for all take as long. */
  readonly #waiting = new Map<string, Waiter>();
  #second = 0;
  #given = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Answers that wait for their time. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** A packet of a banned source. */
  take(flow: Flow, text: string, answer: Answer, now: number): void {
    if (answer === "tarpit" ? this.#isTaken(flow.host) : !this.#hasRoom(now)) return;
    const m = parseMessage(text);
    // RFC 3261 17.1.1.3: an ACK is not answered.
    if (isFailure(m) || !m.isRequest || m.method === "ACK" || check(m) !== undefined) return;
    const said = this.#refusal(flow, m);
    if (said === "") return;
    // A text of its own: what is copied of the request would keep all of it, 64 KiB each.
    if (answer === "tarpit") this.#waiting.set(flow.host, { flow, text: own(said), due: now + SLOW });
    else this.#core.network.send(flow, said);
  }

  /** Gives the answers whose time has come. */
  tick(now: number): void {
    for (const [host, { flow, text, due }] of this.#waiting) {
      if (due > now) return;
      this.#waiting.delete(host);
      if (flow.open) this.#core.network.send(flow, text);
    }
  }

  #isTaken(host: string): boolean {
    return this.#waiting.has(host) || this.#waiting.size >= WAITING;
  }

  #hasRoom(now: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) this.#given = 0;
    this.#second = second;
    return ++this.#given <= UNIFORM;
  }

  /** The challenge that everybody gets; "" when it would be too much for who may not live at that address. */
  #refusal(flow: Flow, m: Message): string {
    const core = this.#core;
    const { config, verifier } = core;
    const realm = config.realm === "" ? config.domains[0] : config.realm;
    core.serial = (core.serial + 1) >>> 0;
    const nonce = makeNonce(verifier.keys, core.clock.wall(), flow.host, realm, core.serial);
    const status = m.method === "REGISTER" ? 401 : 407;
    const about = { toTag: statelessTag(m, core.tagSeeds), via: viaWithSource(m, flow.host, flow.port) };
    const most = flow.reliable ? Number.POSITIVE_INFINITY : amplified(m.text.length);
    return replyWithin(m, status, challenge(status, realm, nonce, false, verifier.algorithms), about, most);
  }
}
