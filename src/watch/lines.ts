/** No line of a phone system is longer: what is, may have lost its end, and with it what the phone system itself wrote there. */
export const LONGEST = 8_192;

const CR = 13;
/** Bytes that are made one string: what fits into the processor's cache is read twice as fast. */
const PART = 65_536;

/** Cuts bytes into lines, a character for each byte. Memory: one piece and one line. */
export class LineCutter {
  #held = "";
  /** Within a line that is too long. */
  #skipping = false;
  /** Lines that were too long, and that were screened out. */
  tooLong = 0;
  screened = 0;
  readonly #screen: ((text: string, from: number) => boolean) | undefined;

  /** `screen`: true for a line that begins there and need not be handed over. */
  constructor(screen?: (text: string, from: number) => boolean) {
    this.#screen = screen;
  }

  push(piece: Buffer, take: (line: string) => void): void {
    // One string for many: to make each line its own costs more than to read it.
    for (let at = 0; at < piece.length; at += PART)
      this.#cut(piece.toString("latin1", at, Math.min(at + PART, piece.length)), take);
  }

  #cut(text: string, take: (line: string) => void): void {
    let from = 0;
    for (let lf = text.indexOf("\n"); lf >= 0; lf = text.indexOf("\n", from)) {
      this.#line(text, from, lf, take);
      from = lf + 1;
    }
    if (this.#skipping || from === text.length) return;
    if (this.#held.length + text.length - from > LONGEST) this.#tooLong();
    else this.#held += text.slice(from);
  }

  /** The last line may lack its end. */
  end(take: (line: string) => void): void {
    if (this.#held.length > 0 && !this.#skipping) this.#line("", 0, 0, take);
    this.#skipping = false;
  }

  #line(text: string, from: number, end: number, take: (line: string) => void): void {
    const held = this.#held;
    const wasSkipping = this.#skipping;
    this.#held = "";
    this.#skipping = false;
    if (wasSkipping) return;
    if (held.length + end - from > LONGEST) {
      this.tooLong++;
      return;
    }
    if (held === "" && this.#screen?.(text, from) === true) {
      this.screened++;
      return;
    }
    const last = text.charCodeAt(end - 1) === CR && end > from ? end - 1 : end;
    const line = held === "" ? text.slice(from, last) : held + text.slice(from, last);
    take(end === from && line.endsWith("\r") ? line.slice(0, -1) : line);
  }

  #tooLong(): void {
    this.#held = "";
    this.#skipping = true;
    this.tooLong++;
  }
}
