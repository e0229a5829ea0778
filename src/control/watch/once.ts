import { BoundedMap } from "../../base/index.ts";
import type { Fact } from "../../shield/index.ts";

/** Attempts of which another source may tell as well, and milliseconds within which that is the same one. */
const ATTEMPTS = 16_384;
const TOGETHER = 5_000;

interface Attempt {
  readonly at: number;
  /** How often each source has told of it. */
  readonly by: Map<number, number>;
}

/**
 * Several sources may tell of one attempt: two files of one logger, a file and the manager interface. What one of them has told, another does not
 * tell again; the same source again is another attempt.
 */
export class Once {
  readonly #attempts = new BoundedMap<string, Attempt>(ATTEMPTS);

  /** True: it is news. */
  isNew(fact: Fact, source: number): boolean {
    const key = `${fact.kind === "injection" ? "injection" : ""} ${fact.address} ${fact.reference || `${fact.kind} ${fact.account} ${fact.detail}`}`;
    const known = this.#attempts.get(key);
    const attempt =
      known === undefined || Math.abs(fact.at - known.at) > TOGETHER ? { at: fact.at, by: new Map() } : known;
    this.#attempts.set(key, attempt);
    const told = (attempt.by.get(source) ?? 0) + 1;
    const others = [...attempt.by].filter(([other]) => other !== source).map(([, times]) => times);
    attempt.by.set(source, told);
    return told > Math.max(0, ...others);
  }
}
