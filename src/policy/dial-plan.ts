import { CLASS, type DialClass } from "./classes.ts";
import { type Dialled, readDialled } from "./number.ts";
import { type DialRule, PRESETS, type Preset, type PresetName } from "./presets.ts";

/** Up to so many digits a number that no rule knows is an extension of the phone system. */
const EXTENSION = 5;

/** Most digits of a feature code. */
const CODE = 3;

interface Entry {
  /** Digits that the whole number has; 0 for any. */
  readonly length: number;
  readonly bits: number;
}

interface Node {
  readonly next: Map<number, Node>;
  entries: Entry[];
}

/** Which class a number is of. Built once from the configuration; never changes. */
export class DialPlan {
  readonly #own = newNode();
  readonly #preset = newNode();
  readonly #unknown: DialClass;

  /** Own rules count before those of the preset, however long the prefixes are. */
  constructor(preset: PresetName, own: readonly DialRule[]) {
    const known: Preset = PRESETS[preset];
    this.#unknown = known.unknown;
    // A number that only begins as an emergency number does is none.
    for (const rule of own) add(this.#own, rule, rule[1] === "emergency");
    for (const rule of known.short) add(this.#preset, rule, true);
    for (const rule of rulesOf(known)) add(this.#preset, rule, false);
  }

  /** The classes that a number needs, as bits; 0 for an emergency number, which everybody may call. */
  classesOf(number: Dialled): number {
    let bits = this.#classesOfReading(number);
    for (const other of number.also) bits |= this.#classesOfReading(other);
    return bits;
  }

  #classesOfReading(number: Dialled): number {
    const { text, digits } = number;
    const listed = longest(this.#own, number) ?? (number.isNumber ? longest(this.#preset, number) : undefined);
    if (listed !== undefined) return listed;
    if (!number.isNumber) return CLASS.internal;
    if (text[0] === "*" || text[0] === "#") return this.#classesOfCode(text);
    return digits <= EXTENSION ? CLASS.internal : CLASS[this.#unknown];
  }

  /**
   * A feature code may carry numbers, such as *21*0044…# for a forwarding: it needs what each of them needs. The first may stand right
   * behind the digits of the code, as in *670044….
   */
  #classesOfCode(text: string): number {
    let bits = CLASS.internal;
    for (let at = 1, from = 1; at <= text.length; at++) {
      const c = at < text.length ? text[at] : "#";
      if (c !== "*" && c !== "#") continue;
      const part = text.slice(from, at);
      if (from > 1) bits |= this.classesOf(readDialled(part));
      else
        for (let code = 0; code <= CODE && part.length - code > EXTENSION; code++)
          bits |= this.classesOf(readDialled(part.slice(code)));
      from = at + 1;
    }
    return bits;
  }
}

/** A preset written out: each national number as it is dialled at home, and behind "+" and 00 with its country code. */
function rulesOf({ country, trunk, length, national }: Preset): DialRule[] {
  const rules: DialRule[] = [
    ["+", "international"],
    ["00", "international"],
  ];
  for (const [prefix, is] of national) {
    const number = prefix + "x".repeat(length - prefix.length);
    for (const before of [trunk, `+${country}`, `00${country}`]) rules.push([before + number, is]);
  }
  return rules;
}

function newNode(): Node {
  return { next: new Map(), entries: [] };
}

/** A pattern with "x" at its end, or a `whole` one, is about numbers of its own length; any other about all that begin with it. */
function add(root: Node, [pattern, is]: DialRule, whole: boolean): void {
  let end = pattern.length;
  while (end > 0 && pattern[end - 1] === "x") end--;
  let node = root;
  for (let i = 0; i < end; i++) {
    const c = pattern.charCodeAt(i);
    let next = node.next.get(c);
    if (next === undefined) {
      next = newNode();
      node.next.set(c, next);
    }
    node = next;
  }
  const digits = pattern.length - (pattern[0] === "+" ? 1 : 0);
  node.entries.push({ length: whole || end < pattern.length ? digits : 0, bits: CLASS[is] });
}

/** What the longest rule says that the number begins with and whose length it has. */
function longest(root: Node, { text, digits, plain }: Dialled): number | undefined {
  let found: number | undefined;
  let node: Node | undefined = root;
  for (let i = 0; node !== undefined; i++) {
    for (const { length, bits } of node.entries) if (length === 0 || (plain && length === digits)) found = bits;
    node = i < text.length ? node.next.get(text.charCodeAt(i)) : undefined;
  }
  return found;
}
