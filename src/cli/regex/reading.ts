import type { Fact } from "../../shield/index.ts";
import { formatOf, LineCutter, type LogReader, readerOf, screenOf } from "../../watch/index.ts";

/** Lines that say which phone system wrote them, and rows that wait for another line at most. */
const FIRST = 1_000;
const ROWS = 8_192;
/** Addresses that are counted apart. */
const ADDRESSES = 131_072;

/** One line, and what was understood of it. */
export interface Row {
  readonly number: number;
  readonly text: string;
  /** About a caller, with or without facts. */
  readonly understood: boolean;
  readonly facts: readonly Fact[];
}

interface Held {
  readonly number: number;
  readonly text: string;
  understood: boolean;
  facts: Fact[];
}

interface Tally {
  facts: number;
  proved: number;
}

/** Reads a log to its end, counts what was understood, and hands each line over if wanted. Memory is bounded. */
export class Reading {
  format: string;
  understood = 0;
  facts = 0;
  proved = 0;
  /** Attempts at addresses that are not in `addresses`. */
  elsewhere = 0;
  readonly kinds = new Map<string, Tally>();
  /** Those that something is laid to. */
  readonly addresses = new Map<string, Tally>();
  /** With the lines that nobody is shown screened out, once it is known who wrote them. */
  readonly #cutter: LineCutter;
  #screen: ((text: string, from: number) => boolean) | undefined;
  readonly #before: number;
  readonly #show: ((row: Row) => void) | undefined;
  #reader: LogReader | undefined;
  #taken = 0;
  #first: string[] = [];
  #held: Held[] = [];

  /** `format`: one of `LOG_FORMATS`, or "auto". `before`: when the last line was written at the latest. */
  constructor(format: string, before: number, show: ((row: Row) => void) | undefined) {
    this.format = format;
    this.#before = before;
    this.#show = show;
    // Which lines say nothing depends on who wrote them.
    this.#cutter = new LineCutter((text, from) => this.#screen?.(text, from) === true);
  }

  get tooLong(): number {
    return this.#cutter.tooLong;
  }

  /** Why nothing of it is evidence from some line on; empty: it is. */
  get exposed(): string {
    return this.#reader?.exposed ?? "";
  }

  get lines(): number {
    return this.#taken + this.#cutter.screened;
  }

  push(piece: Buffer): void {
    this.#cutter.push(piece, this.#take);
  }

  end(): void {
    this.#cutter.end(this.#take);
    if (this.#reader === undefined) this.#decide();
    this.#reader?.flush();
    this.#release(Number.POSITIVE_INFINITY);
  }

  readonly #take = (line: string): void => {
    if (this.#reader !== undefined) this.#read(line, this.#reader);
    else if (this.#first.push(line) >= FIRST) this.#decide();
  };

  #decide(): void {
    if (this.format === "auto") this.format = formatOf(this.#first, this.#before);
    this.#reader = readerOf(this.format, this.#tell);
    if (this.#show === undefined) this.#screen = screenOf(this.format);
    for (const line of this.#first) this.#read(line, this.#reader);
    this.#first = [];
  }

  #read(line: string, reader: LogReader): void {
    const number = ++this.#taken;
    if (this.#show === undefined) {
      if (reader.take(line, this.#before, number)) this.understood++;
      return;
    }
    const row: Held = { number, text: line, understood: false, facts: [] };
    this.#held.push(row);
    row.understood = reader.take(line, this.#before, number);
    if (row.understood) this.understood++;
    const waiting = reader.waiting ?? Number.POSITIVE_INFINITY;
    if (waiting > number || this.#held.length > ROWS) this.#release(waiting);
  }

  readonly #tell = (fact: Fact, line = this.#taken): void => {
    this.facts++;
    if (fact.proved) this.proved++;
    count(this.kinds, fact.kind, fact.proved);
    if (fact.kind !== "success") {
      if (this.addresses.size < ADDRESSES || this.addresses.has(fact.address))
        count(this.addresses, fact.address, fact.proved);
      else this.elsewhere++;
    }
    if (this.#show === undefined) return;
    const held = this.#held[line - (this.#held[0]?.number ?? 0)];
    held?.facts.push(fact);
  };

  /** Hands over the rows before this line; all of them when there are too many. */
  #release(before: number): void {
    const isFull = this.#held.length > ROWS;
    let n = 0;
    while (n < this.#held.length && (isFull || this.#held[n].number < before)) this.#show?.(this.#held[n++]);
    this.#held = this.#held.slice(n);
  }
}

function count(tallies: Map<string, Tally>, name: string, proved: boolean): void {
  let tally = tallies.get(name);
  if (tally === undefined) {
    tally = { facts: 0, proved: 0 };
    tallies.set(name, tally);
  }
  tally.facts++;
  if (proved) tally.proved++;
}
