import type { Fact } from "../shield/index.ts";
import { formatOf, LineCutter, type LogReader, readerOf } from "../watch/index.ts";

/** Lines that say which phone system wrote a log. */
const FIRST = 1_000;

/** Where lines are counted. */
interface LineCounts {
  lines: number;
  understood: number;
}

/** Logs of phone systems. All files of one kind share a reader: what one ends with, the next goes on with. */
export class Logs {
  readonly #tell: (fact: Fact) => void;
  readonly #counts: LineCounts;
  readonly #readers = new Map<string, LogReader>();

  constructor(tell: (fact: Fact) => void, counts: LineCounts) {
    this.#tell = tell;
    this.#counts = counts;
  }

  /** One file: its pieces in order, then `end`, which gives the format. `before`: when it was written at the latest, for lines without a year. */
  file(before: number): { push(piece: Buffer): void; end(): string } {
    const cutter = new LineCutter();
    let first: string[] | undefined = [];
    let format = "";
    let reader: LogReader | undefined;
    const read = (line: string): void => {
      this.#counts.lines++;
      if (reader?.take(line, before) === true) this.#counts.understood++;
    };
    const decide = (lines: readonly string[]): void => {
      first = undefined;
      format = formatOf(lines, before);
      reader = this.#readers.get(format) ?? readerOf(format, this.#tell);
      this.#readers.set(format, reader);
      for (const line of lines) read(line);
    };
    const take = (line: string): void => {
      if (first === undefined) read(line);
      else if (first.push(line) >= FIRST) decide(first);
    };
    return {
      push: (piece) => cutter.push(piece, take),
      end: () => {
        cutter.end(take);
        if (first !== undefined) decide(first);
        reader?.flush();
        return format;
      },
    };
  }
}
