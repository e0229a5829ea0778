import { BoundedMap, type Failure, isFailure } from "../base/index.ts";
import type { Wire } from "../capture/index.ts";
import type { Message } from "../sip/index.ts";

/** Ends of conversations, and of one of them those it talks with, that are remembered while it is found out who is who. */
const ENDS = 16_384;
const PEERS = 256;

interface End {
  readonly host: string;
  readonly port: number;
  /** Hosts and ends that sent it requests. */
  readonly hosts: Set<string>;
  readonly ends: Set<string>;
  answers: number;
  challenges: number;
}

/** Which way a message went: to a server, from one, or neither (between servers, or of others). */
export type Direction = "in" | "out" | "none";

/** Who of those that are seen is the server, whose callers are judged. */
export class Servers {
  /** Ports by host; 0 for any. */
  readonly #ports = new Map<string, Set<number>>();
  readonly #seen = new BoundedMap<string, End>(ENDS);
  /** Nobody said who it is. */
  readonly isGuess: boolean;
  readonly #ours: ReadonlySet<string>;

  /** `named`: as `Site.servers`. `ours`: addresses of this machine, which are believed first. */
  constructor(named: readonly string[], ours: readonly string[]) {
    for (const name of named) this.#put(name.split(" ")[0], Number(name.split(" ")[1] ?? 0));
    this.isGuess = named.length === 0;
    this.#ours = new Set(ours);
  }

  get hosts(): readonly string[] {
    return [...this.#ports.keys()];
  }

  get ends(): readonly string[] {
    return [...this.#ports].flatMap(([host, ports]) => [...ports].map((p) => (p === 0 ? host : `${host} ${p}`)));
  }

  /** Looks at a message before it is known who is the server. */
  look(w: Wire, m: Message | Failure | undefined): void {
    // What is no SIP was meant for a server, too.
    if (m === undefined || isFailure(m) || m.isRequest) {
      const end = this.#end(w.to, w.toPort);
      if (end.hosts.size < PEERS) end.hosts.add(w.from);
      if (end.ends.size < PEERS) end.ends.add(`${w.from} ${w.fromPort}`);
    } else {
      const end = this.#end(w.from, w.fromPort);
      end.answers++;
      if (m.status === 401 || m.status === 407) end.challenges++;
    }
  }

  /** Enough was seen: whoever is asked by most, and answers, and then all who are not among those that talk with him. */
  decide(): void {
    const all = [...this.#seen.values()].filter((end) => end.hosts.size > 0);
    const score = (e: End): number =>
      e.hosts.size + Math.min(e.answers, 1) + (e.challenges > 0 ? 8 : 0) + (this.#ours.has(e.host) ? 2 * ENDS : 0);
    const talkers = new Set<string>();
    const talkingEnds = new Set<string>();
    for (const end of all.sort((a, b) => score(b) - score(a))) {
      const name = `${end.host} ${end.port}`;
      const isTalker = talkingEnds.has(name) || (talkers.has(end.host) && !this.#ports.has(end.host));
      // Whom servers alone ask is a phone, or a carrier.
      const isAskedByServers = [...end.ends].every((peer) => {
        const [host, port] = peer.split(" ");
        return this.#has(host, Number(port)) || this.#isOther(host, end.host);
      });
      if (isTalker || isAskedByServers) continue;
      this.#put(end.host, end.port);
      for (const host of end.hosts) talkers.add(host);
      for (const peer of end.ends) talkingEnds.add(peer);
    }
  }

  directionOf(w: Wire): Direction {
    const toServer = this.#has(w.to, w.toPort);
    const fromServer = this.#has(w.from, w.fromPort);
    if (toServer && fromServer) return "none";
    // A server that asks another one does it from any port over TCP.
    if (toServer) return this.#isOther(w.from, w.to) ? "none" : "in";
    return fromServer ? "out" : "none";
  }

  #isOther(host: string, than: string): boolean {
    return host !== than && this.#ports.has(host);
  }

  #has(host: string, port: number): boolean {
    const ports = this.#ports.get(host);
    return ports !== undefined && (ports.has(port) || ports.has(0));
  }

  #put(host: string, port: number): void {
    const ports = this.#ports.get(host);
    if (ports === undefined) this.#ports.set(host, new Set([port]));
    else ports.add(port);
  }

  #end(host: string, port: number): End {
    const name = `${host} ${port}`;
    const known = this.#seen.get(name);
    if (known !== undefined) return known;
    const end: End = { host, port, hosts: new Set(), ends: new Set(), answers: 0, challenges: 0 };
    this.#seen.set(name, end);
    return end;
  }
}
