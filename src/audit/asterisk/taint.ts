import { type Extension, openEnded, splitArguments } from "../../asterisk/index.ts";

/**
 * What a caller sends and Asterisk hands on as it came: a name with `&`, `/` or a quote in it is more than a number. EXTEN only
 * counts behind an open pattern (`.`, `!`): `_XXX` takes nothing but digits.
 */
const SENT = /^(?:callerid\(|sip_header\(|pjsip_header\(|siporigfrom|sipdomain|sipcalleridnum|cutheader)/;
/** Functions that give back what they are given, or a piece of it; any other gives back something else. */
const HANDS_ON = [
  "cut",
  "if",
  "iftime",
  "toupper",
  "tolower",
  "global",
  "quote",
  "strreplace",
  "shift",
  "pop",
  "eval",
  "sprintf",
];
const MOST_WITHIN = 8;

/** Which variables hold what a caller sent, as the steps of one extension go by. */
export class Taint {
  readonly #open: boolean;
  readonly #held = new Map<string, boolean>();

  constructor(extension: Extension) {
    this.#open = openEnded(extension.name);
  }

  /** Takes note of what `Set` and its kin put into variables. */
  step(app: string, args: string): void {
    if (app !== "set" && app !== "mset") return;
    for (const part of app === "set" ? [args] : splitArguments(args)) {
      const equals = part.indexOf("=");
      if (equals > 0) this.#held.set(plain(part.slice(0, equals)), this.has(part.slice(equals + 1)));
    }
  }

  /** Whether a variable was given a value in this extension. */
  knows(name: string): boolean {
    return this.#held.has(plain(name));
  }

  /** Whether a text would hold what a caller sent. */
  has(text: string, within = 0): boolean {
    if (within > MOST_WITHIN) return false;
    for (const inner of variablesOf(text)) if (this.#variable(inner, within)) return true;
    return false;
  }

  #variable(inner: string, within: number): boolean {
    const lower = inner.toLowerCase();
    if (/^exten(?![a-z_0-9])/.test(lower)) return this.#open;
    if (SENT.test(lower)) return true;
    const open = inner.indexOf("(");
    if (open < 0) return this.#held.get(plain(inner.split(":", 1)[0])) ?? false;
    // FILTER gives back nothing but the characters that it names, and so on.
    return HANDS_ON.includes(lower.slice(0, open).trim()) && this.#handsOn(inner, open, within);
  }

  /** CUT and SHIFT name a variable without `${}`. */
  #handsOn(inner: string, open: number, within: number): boolean {
    const args = inner.slice(open + 1);
    const name = args.split(/[,)]/, 1)[0].trim();
    if (/^[a-z_0-9]+$/i.test(name) && this.#variable(name, within + 1)) return true;
    return this.has(args, within + 1);
  }
}

/** What stands in each outermost `${...}`; one that does not end goes on to the end. */
export function variablesOf(text: string): string[] {
  const found: string[] = [];
  let [depth, from] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{" && (text[at - 1] === "$" || depth > 0)) {
      if (depth++ === 0) from = at + 1;
    } else if (text[at] === "}" && depth > 0 && --depth === 0) found.push(text.slice(from, at));
  }
  if (depth > 0) found.push(text.slice(from));
  return found;
}

/** "dev" of "LOCAL(dev)", "__dev", "GLOBAL(dev)". */
function plain(name: string): string {
  const inner = /^\s*(?:local|global)\(([^)]*)\)\s*$/i.exec(name);
  return (inner ? inner[1] : name)
    .trim()
    .replace(/^_{1,2}/, "")
    .toLowerCase();
}
