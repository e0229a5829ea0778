const FIRST = 1_000;
const LONGEST = 60_000;

/** Pauses between attempts, each twice the one before. */
export class Pauses {
  #next = FIRST;

  /** Milliseconds to wait now. */
  take(): number {
    const pause = this.#next;
    this.#next = Math.min(LONGEST, pause * 2);
    return pause;
  }

  /** It went well: the next trouble begins anew. */
  reset(): void {
    this.#next = FIRST;
  }
}
