import type { ManagerEvent } from "./follow.ts";
import { Lines } from "./lines.ts";

const LONGEST = 8_192;
const FIELDS = 128;
const BYTES = 65_536;
/** Packets that came together. */
const TOGETHER = 4_096;

/**
 * What comes from the manager interface, as packets: fields by name, up to an empty line. Of a field that comes twice the last counts: Asterisk
 * writes what callers say before what it has seen itself, and does not keep their line breaks out.
 *
 * A packet that does not begin as one ("Event", "Response") is the rest of one that a caller's words have cut in two. Then nothing that came with
 * it is handed over: any of it may be his.
 */
export class Packets {
  readonly #lines = new Lines(LONGEST);
  #fields = new Map<string, string>();
  #bytes = 0;
  #first = "";
  #isSpoiled = false;
  #together: ManagerEvent[] = [];
  #isForged = false;
  /** Packets that were passed over: too long, or forged. */
  passedOver = 0;

  /** The packets of this piece. */
  push(piece: Buffer): readonly ManagerEvent[] {
    this.#lines.push(piece, (line) => this.#line(line));
    // What belongs together was written at once: the end of a piece within a packet is not the end of what was written.
    if (this.#first !== "" && this.#together.length < TOGETHER) return [];
    const packets = this.#isForged ? [] : this.#together;
    if (this.#isForged) this.passedOver += this.#together.length;
    this.#together = [];
    this.#isForged = false;
    return packets;
  }

  #line(line: Buffer | undefined): void {
    if (line === undefined) {
      this.#isSpoiled = true;
      return;
    }
    const text = line.toString("latin1").replace(/\r$/, "");
    if (text === "") {
      this.#end();
      return;
    }
    const colon = text.indexOf(":");
    const name = colon < 0 ? text : text.slice(0, colon);
    if (this.#first === "") this.#first = name;
    this.#bytes += text.length;
    if (this.#fields.size >= FIELDS || this.#bytes > BYTES) this.#isSpoiled = true;
    else if (colon > 0) this.#fields.set(name, text.slice(colon + 1).trimStart());
  }

  #end(): void {
    const [first, fields] = [this.#first, this.#fields];
    if (this.#isSpoiled) this.passedOver++;
    else if (first === "Event" || first === "Response") this.#together.push(fields);
    else if (first !== "") this.#isForged = true;
    this.#fields = new Map();
    this.#first = "";
    this.#bytes = 0;
    this.#isSpoiled = false;
  }
}
