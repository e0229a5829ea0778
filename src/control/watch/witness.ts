import type { Fact } from "../../shield/index.ts";

/** Lines about callers of late: one of them is what a fact was read from. */
const LINES = 64;
const MOST = 400;
/** What of a line could help to guess a password. */
const SECRET = /((?:Expected)?Response|(?:Received|Expected)Hash)="[^"]{0,512}"/g;

/** Keeps the latest lines, so that each fact can show its own. */
export class Witness {
  readonly #lines: string[] = [];
  #next = 0;

  add(line: string): void {
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % LINES;
  }

  /** The line that was added last is about nobody. */
  forget(): void {
    this.#next = (this.#next + LINES - 1) % LINES;
  }

  /** The latest line about the same attempt, cut, without what answers a challenge; empty for none. */
  lineOf({ address, reference }: Fact): string {
    const call = reference.startsWith("call ") ? reference.slice(5) : "";
    for (let i = 1; i <= this.#lines.length; i++) {
      const line = this.#lines[(this.#next - i + LINES) % LINES];
      if (line?.includes(address) && line.includes(call)) return line.replace(SECRET, '$1="…"').slice(0, MOST);
    }
    return "";
  }
}
