import type { Flow, TransportName } from "../base/index.ts";
import type { Entropy, Network } from "../ports/index.ts";
import { H, type Message } from "../sip/index.ts";
import { optionsText } from "./options.ts";

/** Milliseconds: when it is sent again over UDP, and when it is given up. */
const AGAIN = 500;
const PATIENCE = 4_000;
/** Probes under way at once: an operator asks for one at a time. */
const MOST = 64;
const NO_WAY = "no way";

/** What came of it. */
export interface ProbeAnswer {
  /** 0 for none. */
  readonly status: number;
  /** What went wrong; empty when there was an answer. */
  readonly fault: string;
}

interface Probe {
  readonly text: string;
  readonly flow: Flow;
  readonly from: number;
  sentAt: number;
  readonly done: (answer: ProbeAnswer) => void;
}

/** What the world gives: sockets, time, chance. */
interface Means {
  readonly network: Network;
  readonly clock: { now(): number };
  readonly entropy: Entropy;
  readonly domain: string;
}

/** OPTIONS that an operator wants sent, once. */
export class Probes {
  readonly #means: Means;
  /** By branch. */
  readonly #open = new Map<string, Probe>();

  constructor(means: Means) {
    this.#means = means;
  }

  /** Sends one; `done` is told its answer, or what kept it from coming, once. */
  start(transport: TransportName, host: string, port: number, done: (answer: ProbeAnswer) => void): void {
    const fault = this.#send(this.#means.network.way(transport, host, port, -1), done);
    if (fault !== "") done({ status: 0, fault: fault === NO_WAY ? `no ${transport} listener reaches it` : fault });
  }

  /** What kept it from being sent; empty when it was. */
  #send(flow: Flow | undefined, done: (answer: ProbeAnswer) => void): string {
    const { network, clock, entropy, domain } = this.#means;
    if (this.#open.size >= MOST) return "too many such questions are under way";
    if (flow === undefined) return NO_WAY;
    const branch = `z9hG4bK${entropy.token()}`;
    const text = optionsText(flow, branch, entropy, domain);
    if (!network.send(flow, text)) return "no connection";
    network.flush();
    this.#open.set(branch, { text, flow, from: clock.now(), sentAt: clock.now(), done });
    return "";
  }

  /** A response that belongs to no transaction: true when one of these asked for it. */
  onResponse(m: Message): boolean {
    if (this.#open.size === 0) return false;
    const { branch } = m.need(H.via);
    const probe = this.#open.get(branch);
    if (probe === undefined) return false;
    if (m.status < 200) return true;
    this.#open.delete(branch);
    probe.done({ status: m.status, fault: "" });
    return true;
  }

  /** Time has passed. */
  tick(now: number): void {
    for (const [branch, probe] of this.#open) {
      if (now >= probe.from + PATIENCE || !probe.flow.open) {
        this.#open.delete(branch);
        probe.done({ status: 0, fault: probe.flow.open ? "no answer" : "no connection" });
      } else if (!probe.flow.reliable && now >= probe.sentAt + AGAIN) {
        probe.sentAt = now;
        this.#means.network.send(probe.flow, probe.text);
      }
    }
  }
}
