import { own } from "../../base/index.ts";

/** Lines about callers of late: one of them is what a fact was read from. */
const LINES = 1_024;
const MOST = 400;
/** What of a line could help to guess a password. */
const SECRET = /((?:Expected)?Response|(?:Received|Expected)Hash)="[^"]{0,512}"/g;

/** Keeps the latest lines by their number, so that each fact can show its own. */
export class Witness {
  readonly #lines: string[] = [];
  readonly #numbers: number[] = [];

  add(number: number, line: string): void {
    this.#lines[number % LINES] = line;
    this.#numbers[number % LINES] = number;
  }

  /** The line of that number is about a caller, and kept: as short as it is shown, without what answers a challenge. */
  keep(number: number): void {
    const at = number % LINES;
    this.#lines[at] = own(shown(this.#lines[at]));
  }

  /** Empty when it is not kept any more. */
  line(number: number): string {
    return this.#numbers[number % LINES] === number ? shown(this.#lines[number % LINES]) : "";
  }
}

function shown(line: string): string {
  return line.replace(SECRET, '$1="…"').slice(0, MOST);
}
