import type { Fact } from "../shield/index.ts";

/** How long an answer to a challenge may take, ms, and how many wait for one. */
const PATIENCE = 32_000;
const MOST = 65_536;

interface Held {
  readonly fact: Fact;
  readonly due: number;
}

/**
 * What is evidence only when nothing better follows: a request that was asked for a password and never showed one. A challenge alone is no
 * failure.
 */
export class HeldFacts {
  readonly #held = new Map<string, Held>();

  /** `key`: by what it is found again when a password follows. The first of a name counts. */
  hold(key: string, fact: Fact): void {
    if (!this.#held.has(key) && this.#held.size < MOST) this.#held.set(key, { fact, due: fact.at + PATIENCE });
  }

  drop(key: string): void {
    if (this.#held.size > 0) this.#held.delete(key);
  }

  /** Those for which nothing has come in time. */
  *due(now: number): Generator<Fact> {
    for (const [key, { fact, due }] of this.#held) {
      if (due > now) return;
      this.#held.delete(key);
      yield fact;
    }
  }
}
