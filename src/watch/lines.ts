/** No line of a phone system is longer: what is, may have lost its end, and with it what the phone system itself wrote there. */
export const LONGEST = 8_192;
const LF = 10;
const NOTHING = Buffer.alloc(0);

/** Cuts bytes into lines, a character for each byte. Memory: one piece and one line. */
export class LineCutter {
  #held: Buffer = NOTHING;
  /** Within a line that is too long. */
  #skipping = false;
  /** Lines that were too long. */
  tooLong = 0;

  push(piece: Buffer, take: (line: string) => void): void {
    let from = 0;
    for (let lf = piece.indexOf(LF); lf >= 0; lf = piece.indexOf(LF, from)) {
      this.#line(piece, from, lf, take);
      from = lf + 1;
    }
    if (this.#skipping || from === piece.length) return;
    if (this.#held.length + piece.length - from > LONGEST) this.#tooLong();
    else this.#held = Buffer.concat([this.#held, piece.subarray(from)]);
  }

  /** The last line may lack its end. */
  end(take: (line: string) => void): void {
    if (this.#held.length > 0 && !this.#skipping) this.#line(NOTHING, 0, 0, take);
    this.#skipping = false;
  }

  #line(piece: Buffer, from: number, end: number, take: (line: string) => void): void {
    const held = this.#held;
    const wasSkipping = this.#skipping;
    this.#held = NOTHING;
    this.#skipping = false;
    if (wasSkipping) return;
    if (held.length + end - from > LONGEST) {
      this.tooLong++;
      return;
    }
    const text = held.toString("latin1") + piece.toString("latin1", from, end);
    take(text.endsWith("\r") ? text.slice(0, -1) : text);
  }

  #tooLong(): void {
    this.#held = NOTHING;
    this.#skipping = true;
    this.tooLong++;
  }
}
