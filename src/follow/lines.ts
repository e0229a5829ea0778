const LF = 10;
const NOTHING = Buffer.alloc(0);

/** Cuts a stream into lines of at most `longest` bytes; what is longer is told as undefined, once. */
export class Lines {
  readonly #longest: number;
  #held: Buffer = NOTHING;
  #isSkipping = false;

  constructor(longest: number) {
    this.#longest = longest;
  }

  push(piece: Buffer, take: (line: Buffer | undefined) => void): void {
    let from = 0;
    for (let lf = piece.indexOf(LF); lf >= 0; lf = piece.indexOf(LF, from)) {
      const line =
        this.#held.length === 0 ? piece.subarray(from, lf) : Buffer.concat([this.#held, piece.subarray(from, lf)]);
      from = lf + 1;
      this.#held = NOTHING;
      if (!this.#isSkipping) take(line.length > this.#longest ? undefined : line);
      this.#isSkipping = false;
    }
    if (this.#isSkipping || from === piece.length) return;
    if (this.#held.length + piece.length - from > this.#longest) {
      this.#held = NOTHING;
      this.#isSkipping = true;
      take(undefined);
    } else this.#held = Buffer.concat([this.#held, piece.subarray(from)]);
  }

  reset(): void {
    this.#held = NOTHING;
    this.#isSkipping = false;
  }
}
