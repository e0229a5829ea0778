import type { PacketCounts } from "../ports/index.ts";

/** Counting reads all elements: the answer is used again for so many times what it took, and nobody waits for it longer than so many ms. */
const SHARE = 20;
const WAIT = 500;

/** What the kernel has counted, asked for as seldom as that costs. */
export class Counting {
  readonly #ask: () => Promise<PacketCounts | undefined>;
  #counts: PacketCounts = {};
  #again = 0;
  #asking: Promise<void> = Promise.resolve();

  /** `ask` answers undefined when nobody is there to be asked. */
  constructor(ask: () => Promise<PacketCounts | undefined>) {
    this.#ask = ask;
  }

  async read(): Promise<PacketCounts> {
    const began = performance.now();
    if (began >= this.#again) {
      this.#again = Number.POSITIVE_INFINITY;
      this.#asking = this.#ask().then((counts) => {
        const now = performance.now();
        this.#again = now + SHARE * (now - began);
        this.#counts = counts ?? this.#counts;
      });
    }
    await Promise.race([this.#asking, new Promise((late) => setTimeout(late, WAIT).unref())]);
    return this.#counts;
  }
}
