import { BoundedMap, LIMITS } from "../base/index.ts";
import { type Destination, plan, questionKey, type Server, type Way } from "../names/index.ts";
import type { DnsAnswer, DnsQuestion, Resolver } from "../ports/index.ts";

/** Milliseconds that addresses are believed at least and at most, whatever their record says, and that nothing is. */
const SHORTEST = 30_000;
const LONGEST = 300_000;
const NOTHING = 30_000;

/** What is known of a name: servers, or why there are none. */
export interface Known {
  readonly outcome: "found" | "none" | "failed";
  readonly servers: readonly Server[];
  readonly until: number;
}

/** One name that is being looked up. */
interface Search {
  readonly to: Destination;
  readonly answers: Map<string, DnsAnswer>;
  readonly asked: Set<string>;
  readonly deadline: number;
}

/**
 * Where other domains are to be found (RFC 3263): what was looked up lately, and what is being looked up. It never waits: who asked is told by
 * `takeDone` that it is worth asking again.
 */
export class Names {
  readonly #resolver: Resolver;
  readonly #now: () => number;
  readonly #ways: ReadonlySet<Way>;
  readonly #known = new BoundedMap<string, Known>(LIMITS.names);
  readonly #searches = new Map<string, Search>();
  #done: string[] = [];

  constructor(resolver: Resolver, now: () => number, ways: ReadonlySet<Way>) {
    this.#resolver = resolver;
    this.#now = now;
    this.#ways = ways;
  }

  /** Undefined while nothing is known of it. */
  find(to: Destination): Known | undefined {
    const known = this.#known.get(keyOf(to));
    return known !== undefined && known.until > this.#now() ? known : undefined;
  }

  /** Looks it up, unless that is under way (`open`) or too many others are (`full`). */
  search(to: Destination): "new" | "open" | "full" {
    const key = keyOf(to);
    if (this.#searches.has(key)) return "open";
    if (this.#searches.size >= LIMITS.searches) return "full";
    const deadline = this.#now() + LIMITS.search;
    const search: Search = { to, answers: new Map(), asked: new Set(), deadline };
    this.#searches.set(key, search);
    this.#step(key, search);
    return "new";
  }

  /** Gives up what takes too long. */
  tick(now: number): void {
    for (const [key, search] of this.#searches) {
      if (search.deadline <= now) this.#end(key, { outcome: "failed", servers: [], until: now + NOTHING });
    }
  }

  /** Destinations (by `keyOf`) that something is known of since this was asked last. */
  takeDone(): readonly string[] {
    const done = this.#done;
    if (done.length > 0) this.#done = [];
    return done;
  }

  close(): void {
    // First, or what is given up would go on to its next question.
    this.#searches.clear();
    this.#resolver.close();
  }

  #step(key: string, search: Search): void {
    const { ask, servers, failed, ttl } = plan(search.to, search.answers, this.#ways);
    for (const question of ask) this.#ask(key, search, question);
    if (ask.length > 0) return;
    const now = this.#now();
    if (servers.length > 0) {
      const life = Math.min(LONGEST, Math.max(SHORTEST, ttl * 1_000));
      this.#end(key, { outcome: "found", servers, until: now + life });
    } else this.#end(key, { outcome: failed ? "failed" : "none", servers, until: now + NOTHING });
  }

  #ask(key: string, search: Search, question: DnsQuestion): void {
    const name = questionKey(question);
    if (search.asked.has(name)) return;
    search.asked.add(name);
    this.#resolver.ask(question, (answer) => {
      // It may have been given up, and begun anew.
      if (this.#searches.get(key) !== search) return;
      search.answers.set(name, answer);
      this.#step(key, search);
    });
  }

  #end(key: string, known: Known): void {
    this.#searches.delete(key);
    this.#known.set(key, known);
    this.#done.push(key);
  }
}

/** One question per destination: what waits for it is found by this. */
export function keyOf({ host, port, transport }: Destination): string {
  return `${host} ${port} ${transport}`;
}
