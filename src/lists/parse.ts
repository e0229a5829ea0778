import { type Cidr, parseCidr, RangeBuilder, type RangeTable } from "../base/index.ts";
import { LIST_LIMITS } from "./limits.ts";
import { isReserved } from "./reserved.ts";

/** How a list is written. `voipbl` is plain text with comments; `apiban` the JSON of one page of that service. */
export type ListFormat = "plain" | "csv" | "apiban" | "voipbl";

/** Wider blocks are no list of attackers: a tenth of a continent is a slip of the hand, or a joke. */
const WIDEST = { 4: 8, 6: 19 } as const;
/** One unreadable line in so many is left out; more, and the whole list is refused. */
const TOLERATED = 100;

/** Entries that were not taken, by what is the matter with them. */
export interface LeftOut {
  readonly tooWide: number;
  /** Of private networks, of this machine, multicast and the like. */
  readonly reserved: number;
  readonly unreadable: number;
  /** The first of them: line, and what stood there. */
  readonly first: string;
}

/** A list that can be used. */
export interface ParsedList {
  readonly format: ListFormat;
  /** Addresses and blocks that were taken. */
  readonly entries: number;
  readonly leftOut: LeftOut;
  readonly table: RangeTable;
}

/** Why a list cannot be used: where, and what is wrong there. Line 0: the whole of it. */
export interface ListFault {
  readonly code: "LIST_INVALID" | "LIST_TOO_LARGE";
  readonly line: number;
  readonly what: string;
}

export interface ParseOptions {
  /** Undefined: as it looks. */
  readonly format: ListFormat | undefined;
  /** Addresses of private networks are taken too. */
  readonly takesPrivate: boolean;
}

/** Reads a list, in one pass over its text. Never throws. */
export function parseList(text: string, { format, takesPrivate }: ParseOptions): ParsedList | ListFault {
  if (text.length > LIST_LIMITS.bytes) return tooLarge(0, `more than ${LIST_LIMITS.bytes / 1_048_576} MiB`);
  const read = format ?? detect(text);
  const taken = new Taken(takesPrivate);
  const fault = read === "apiban" ? readJson(text, taken) : readLines(text, read === "csv", taken);
  if (fault !== undefined) return fault;
  if (taken.unreadable * TOLERATED > taken.seen) {
    return { code: "LIST_INVALID", line: taken.firstLine, what: taken.first };
  }
  return { format: read, entries: taken.entries, leftOut: taken.leftOut(), table: taken.builder.build() };
}

export function isListFault(x: ParsedList | ListFault): x is ListFault {
  return "code" in x;
}

/** What the text looks like: JSON by its brace, CSV by a separator in the first line that says anything. */
function detect(text: string): ListFormat {
  for (const { line } of linesOf(text)) {
    const said = withoutComment(line);
    if (said === "") continue;
    if (said.startsWith("{")) return "apiban";
    if (parseCidr(firstWord(said)) !== undefined) return "plain";
    return /[,;\t]/.test(said) ? "csv" : "plain";
  }
  return "plain";
}

/** Counts what is read, and keeps what may be kept. */
class Taken {
  readonly builder = new RangeBuilder();
  readonly #takesPrivate: boolean;
  /** Lines with something in them. */
  seen = 0;
  entries = 0;
  unreadable = 0;
  firstLine = 0;
  /** What was wrong with the first unreadable one. */
  first = "";
  #tooWide = 0;
  #reserved = 0;
  #firstOut = "";

  constructor(takesPrivate: boolean) {
    this.#takesPrivate = takesPrivate;
  }

  /** False: there are too many. */
  take(word: string, line: number): boolean {
    this.seen++;
    const block = word.length > 64 ? undefined : parseCidr(word);
    if (block === undefined) this.#isUnreadable(word, line);
    else if (block.bits < WIDEST[block.ip.family]) {
      this.#tooWide++;
      if (this.#tooWide === 1) this.#leave(line, `${cut(word)} is wider than /${WIDEST[block.ip.family]}`);
    } else if (!this.#takesPrivate && isReserved(block)) {
      this.#reserved++;
      if (this.#reserved === 1) this.#leave(line, `${cut(word)} is not of the internet`);
    } else return this.#keep(block);
    return true;
  }

  leftOut(): LeftOut {
    const { unreadable } = this;
    return { tooWide: this.#tooWide, reserved: this.#reserved, unreadable, first: this.#firstOut };
  }

  #keep(block: Cidr): boolean {
    if (this.entries >= LIST_LIMITS.entries) return false;
    this.entries++;
    this.builder.add(block);
    return true;
  }

  #isUnreadable(word: string, line: number): void {
    // Words are made for the first alone: a page of rubbish is no work.
    if (this.unreadable++ > 0) return;
    this.firstLine = line;
    this.first = `found "${cut(word)}", expected an address or a block`;
    this.#leave(line, this.first);
  }

  #leave(line: number, what: string): void {
    if (this.#firstOut === "") this.#firstOut = line === 0 ? what : `line ${line}: ${what}`;
  }
}

function readLines(text: string, isCsv: boolean, taken: Taken): ListFault | undefined {
  let column = isCsv ? -1 : 0;
  for (const { line, number } of linesOf(text)) {
    if (line.length > LIST_LIMITS.line) {
      return { code: "LIST_INVALID", line: number, what: `more than ${LIST_LIMITS.line} characters` };
    }
    const said = withoutComment(line);
    if (said === "") continue;
    if (column < 0) {
      const found = columnOf(fieldsOf(said));
      if (found === undefined) {
        const what = `found "${cut(said)}", expected a column with addresses, or one that is called ip, address or cidr`;
        return { code: "LIST_INVALID", line: number, what };
      }
      column = found.column;
      if (found.isHeader) continue;
    }
    const word = isCsv ? (fieldsOf(said)[column] ?? "") : firstWord(said);
    if (!taken.take(word, number)) return tooLarge(number, `more than ${LIST_LIMITS.entries} entries`);
  }
  return undefined;
}

function readJson(text: string, taken: Taken): ListFault | undefined {
  const page = apibanAddresses(text);
  if (page === undefined) {
    const what = 'no JSON with a list "ipaddress", as APIBAN answers it';
    return { code: "LIST_INVALID", line: 0, what };
  }
  for (const word of page) {
    if (!taken.take(word, 0)) return tooLarge(0, `more than ${LIST_LIMITS.entries} entries`);
  }
  return undefined;
}

/** The addresses of one page of APIBAN; undefined when it is none. */
export function apibanAddresses(text: string): readonly string[] | undefined {
  const page = jsonOf(text);
  const all: unknown = typeof page === "object" && page !== null ? Reflect.get(page, "ipaddress") : undefined;
  if (!Array.isArray(all)) return undefined;
  return all.map(String);
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Line {
  readonly line: string;
  readonly number: number;
}

function* linesOf(text: string): Generator<Line> {
  let number = 0;
  // A byte order mark, read as UTF-8 or as Latin-1.
  const mark = /^(?:\ufeff|\u00ef\u00bb\u00bf)/.exec(text.slice(0, 3));
  for (let at = mark?.[0].length ?? 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    const stop = end < 0 ? text.length : end;
    number++;
    // Longer ones are cut just beyond the limit, so that nobody works on them.
    yield { line: text.slice(at, Math.min(stop, at + LIST_LIMITS.line + 1)).trim(), number };
    at = stop + 1;
  }
}

/** `#`, `;` and `//` begin a comment at the start of a line; `#` anywhere. */
function withoutComment(line: string): string {
  if (line.startsWith(";") || line.startsWith("//")) return "";
  const hash = line.indexOf("#");
  return hash < 0 ? line : line.slice(0, hash).trimEnd();
}

function firstWord(line: string): string {
  const end = line.search(/[\s;,]/);
  return end < 0 ? line : line.slice(0, end);
}

const COLUMNS = /^(?:ip|addr|address|ip_?addr|ip_?address|src_?ip|source_?ip|src|host|cidr|network|net|prefix|range)$/;

/** Which column holds the addresses: by its name, or by what stands in it. */
function columnOf(fields: readonly string[]): { readonly column: number; readonly isHeader: boolean } | undefined {
  const held = fields.findIndex((field) => parseCidr(field) !== undefined);
  if (held >= 0) return { column: held, isHeader: false };
  const named = fields.findIndex((field) => COLUMNS.test(field.toLowerCase().replaceAll(/[ .-]/g, "_")));
  return named < 0 ? undefined : { column: named, isHeader: true };
}

/** Values of one line; quotes hold separators. No value of an address spans lines. */
function fieldsOf(line: string): string[] {
  const separator = [",", ";", "\t"].find((s) => line.includes(s)) ?? ",";
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (const c of line) {
    if (c === '"') quoted = !quoted;
    else if (c === separator && !quoted) {
      fields.push(field.trim());
      field = "";
    } else field += c;
  }
  fields.push(field.trim());
  return fields;
}

function tooLarge(line: number, what: string): ListFault {
  return { code: "LIST_TOO_LARGE", line, what };
}

function cut(text: string): string {
  const clean = text.replaceAll(/\p{C}/gu, "?");
  return clean.length > 60 ? `${clean.slice(0, 57)}...` : clean;
}
