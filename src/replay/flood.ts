import { BoundedMap } from "../base/index.ts";

/** As the edge's gate counts: requests that a source may send within `WINDOW` ms while nobody there has shown a password. */
const FREE = 30;
const WINDOW = 2_000;
const SOURCES = 65_536;

interface Rate {
  since: number;
  count: number;
}

/** Requests of each source. */
export class Floods {
  readonly #rates = new BoundedMap<string, Rate>(SOURCES);
  readonly #shown = new BoundedMap<string, number>(SOURCES);

  /** Counts a request. True at the end of a window with too many of them. */
  count(source: string, now: number): boolean {
    const rate = this.#rates.get(source);
    if (rate === undefined) {
      this.#rates.set(source, { since: now, count: 1 });
      return false;
    }
    if (now - rate.since < WINDOW) {
      rate.count++;
      return false;
    }
    const isFlood = rate.count > FREE && (this.#shown.get(source) ?? -1) < rate.since;
    rate.since = now;
    rate.count = 1;
    return isFlood;
  }

  /** A right password came from there. */
  shown(source: string, now: number): void {
    this.#shown.set(source, now);
  }
}
