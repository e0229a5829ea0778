import { type Trouble, trouble } from "../../base/index.ts";
import type { LogFormat } from "../../config/index.ts";
import type { Fact } from "../../shield/index.ts";
import { LineCutter, type LogReader, readerOf, screenOf, type Template } from "../../watch/index.ts";
import { Witness } from "./witness.ts";

/** How long a line waits for another one about the same attempt, ms. */
const TOGETHER = 100;

/** One log as `status` shows it. */
export interface SourceView {
  readonly name: string;
  readonly format: string;
  readonly lines: number;
  /** Lines about callers, and facts that came of them. */
  readonly understood: number;
  readonly facts: number;
  /** When a line about a caller was read last, wall ms; 0 for never. */
  readonly last: number;
  readonly trouble: Trouble | undefined;
}

/** What a source is made of. */
export interface SourceOptions {
  readonly name: string;
  readonly format: LogFormat;
  readonly templates: readonly Template[];
  readonly tell: (fact: Fact) => void;
  /** Told once: from now on nothing of this log is evidence. */
  readonly onExposed: (found: Trouble) => void;
}

/** One log: pieces of bytes in, facts with their lines and times out. */
export class LogSource {
  readonly name: string;
  readonly format: LogFormat;
  readonly #cutter: LineCutter;
  readonly #reader: LogReader;
  readonly #witness = new Witness();
  readonly #seen = { lines: 0, understood: 0, facts: 0, last: 0 };
  /** Of the next line about a caller. */
  #number = 0;
  #trouble: Trouble | undefined;
  #exposed: Trouble | undefined;
  readonly #onExposed: (found: Trouble) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor({ name, format, templates, tell, onExposed }: SourceOptions) {
    this.name = name;
    this.format = format;
    this.#onExposed = onExposed;
    this.#cutter = new LineCutter(screenOf(format));
    this.#reader = readerOf(
      format,
      (fact, number = this.#number) => {
        this.#seen.facts++;
        const message = fact.message === "" ? this.#witness.line(number) : fact.message;
        tell({ ...fact, at: wallOf(fact.at), message });
      },
      templates,
    );
  }

  bytes(piece: Buffer): void {
    // Lines are stamped with the time of this place; the readers take that for UTC.
    const before = stampNow();
    this.#cutter.push(piece, (line) => {
      this.#seen.lines++;
      this.#witness.add(this.#number, line);
      if (!this.#reader.take(line, before, this.#number)) return;
      this.#witness.keep(this.#number++);
      this.#seen.understood++;
      this.#seen.last = Date.now();
    });
    this.#timer ??= setTimeout(() => this.flush(), TOGETHER);
    const why = this.#reader.exposed ?? "";
    if (why !== "" && this.#exposed === undefined) this.#expose(why);
  }

  #expose(why: string): void {
    const what = `callers can write whole lines into ${this.name}, so nothing of it is evidence any more: ${why}`;
    const next = "Mend the log, then start again: rempart watch (docs/watch.md)";
    this.#exposed = trouble(
      "WATCH_EXPOSED",
      what,
      "Whoever is kept out stays so; nobody else will be, by this log.",
      next,
    );
    this.#onExposed(this.#exposed);
  }

  /** What waits for another line is told. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#reader.flush();
  }

  trouble(trouble: Trouble | undefined): void {
    this.#trouble = trouble;
  }

  view(): SourceView {
    const { name, format } = this;
    const lines = this.#seen.lines + this.#cutter.screened;
    return { name, format, ...this.#seen, lines, trouble: this.#trouble ?? this.#exposed };
  }
}

/** A stamp of this place that was read as UTC, on the wall's clock. */
function wallOf(stamp: number): number {
  return stamp + new Date(stamp).getTimezoneOffset() * 60_000;
}

function stampNow(): number {
  const now = Date.now();
  return now - new Date(now).getTimezoneOffset() * 60_000;
}
