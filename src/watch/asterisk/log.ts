import { Attempts, type Tell } from "./attempts.ts";
import { closes, cutCall, isCutEvent } from "./cut.ts";
import { readNotice, readVerbose } from "./notice.ts";
import { readPrefix } from "./prefix.ts";
import type { Said } from "./said.ts";
import { readSecurity } from "./security.ts";

/** Lines that may stand within one that a caller's line breaks have cut. */
const CUT = 32;

/**
 * Turns lines of an Asterisk log into facts. One attempt is one fact, however many lines there are about it; that which says most is taken. Pure:
 * time comes from the lines.
 */
export class AsteriskLog {
  readonly #attempts: Attempts;
  readonly #isLive: boolean;
  #now = 0;
  /** Lines that are passed over at most, after one that was cut. */
  #cut = 0;

  /** `to`: who takes the facts, or what another reader of the same Asterisk has too. `live`: lines are of when they are taken, whatever their stamps say. */
  constructor(to: Tell | Attempts, { live = false } = {}) {
    this.#attempts = to instanceof Attempts ? to : new Attempts(to);
    this.#isLive = live;
  }

  /** One line. `before`: when it was written at the latest; `number`: comes back with its fact. True when it is about a caller. */
  take(line: string, before: number, number = 0): boolean {
    if (this.#cut > 0) {
      this.#passOver(line);
      return false;
    }
    const prefix = readPrefix(line, before);
    if (prefix === undefined) return false;
    const said = this.#read(prefix.level, prefix.by, prefix.text);
    if (said === undefined) return false;
    const at = this.#isLive ? before : (prefix.at ?? (this.#now === 0 ? before : this.#now));
    if (at > this.#now) this.#now = at;
    this.#attempts.take(said, at, number);
    return true;
  }

  /** Nothing comes for now: what waits for another line is told. */
  flush(): void {
    this.#attempts.settle(Number.POSITIVE_INFINITY);
  }

  /** Number of the line that waits longest for another one about its attempt; Infinity: none does. */
  get waiting(): number {
    return this.#attempts.waiting;
  }

  #read(level: string, by: string, text: string): Said | undefined {
    if (by === "res_security_log") {
      const said = readSecurity(text);
      if (said === undefined && isCutEvent(text)) this.#cut = CUT;
      return said;
    }
    if (level === "VERBOSE") return readVerbose(by, text);
    const said = readNotice(by, text);
    if (said !== undefined || by !== "chan_sip") return said;
    const cut = cutCall(text);
    if (cut !== undefined) this.#cut = CUT;
    return cut;
  }

  /** Behind a line break of a caller: his words, up to the rest of the line that they have cut. */
  #passOver(line: string): void {
    this.#cut--;
    if (closes(line)) this.#cut = 0;
  }
}
