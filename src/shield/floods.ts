import { BoundedMap } from "../base/index.ts";

/** Requests that a source may send within `WINDOW` ms while nobody there has shown a password. */
const FREE = 30;
const WINDOW = 2_000;
/** Sources whose requests are counted, and those that have shown a password. */
const SOURCES = 65_536;

interface Rate {
  since: number;
  count: number;
}

/** Who sends too many requests. */
export class Floods {
  readonly #rates = new BoundedMap<string, Rate>(SOURCES);
  readonly #shown = new BoundedMap<string, number>(SOURCES);

  /** Counts a request. True at the end of a window with too many of them, if nobody there has shown a password meanwhile. */
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
    // At the end of the window: an office that comes back has shown passwords by then, however many phones it has.
    const isFlood = rate.count > FREE && (this.#shown.get(source) ?? -1) < rate.since;
    rate.since = now;
    rate.count = 1;
    return isFlood;
  }

  /** A right password came from there. */
  shown(source: string, now: number): void {
    this.#shown.set(source, now);
  }

  /** Did one, as far back as is remembered? */
  hasShown(source: string): boolean {
    return this.#shown.get(source) !== undefined;
  }
}
