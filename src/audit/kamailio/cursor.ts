import type { Expr } from "./script.ts";
import type { Spot, Token } from "./token.ts";

const DEEPEST = 64;
/** Operands of one expression side by side: each is one deeper in what it comes to. */
const LONGEST = 256;
const NOWHERE: Spot = { file: "", line: 0 };

/** How strongly a mark binds; what is not here ends an expression. */
const BINDING: Readonly<Record<string, number>> = {
  "||": 1,
  or: 1,
  "&&": 2,
  and: 2,
  "==": 3,
  "!=": 3,
  "=~": 3,
  "!~": 3,
  "<": 3,
  ">": 3,
  "<=": 3,
  ">=": 3,
  eq: 3,
  ne: 3,
  ieq: 3,
  ine: 3,
  "|": 4,
  "&": 4,
  "<<": 4,
  ">>": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  mod: 6,
};
const SAME: Readonly<Record<string, string>> = { or: "||", and: "&&", eq: "==", ieq: "==", ne: "!=", ine: "!=" };

/** A place in the tokens. It never goes past the last. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get token(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** The one behind it. */
  get next(): Token | undefined {
    return this.#tokens[this.#at + 1];
  }

  get spot(): Spot {
    return (this.token ?? this.#tokens[this.#tokens.length - 1])?.spot ?? NOWHERE;
  }

  take(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  is(text: string): boolean {
    const t = this.token;
    return t !== undefined && t.kind !== "text" && t.text === text;
  }

  /** Takes it when it is there. */
  eat(text: string): boolean {
    const there = this.is(text);
    if (there) this.#at++;
    return there;
  }

  /** Behind the bracket that closes the one at the cursor; what is between. */
  group(close: string): Token[] {
    const open = this.take()?.text;
    const from = this.#at;
    for (let depth = 1; this.token !== undefined; this.#at++) {
      if (open !== undefined && this.is(open)) depth++;
      else if (this.is(close) && --depth === 0) break;
    }
    const inside = this.#tokens.slice(from, this.#at);
    this.#at++;
    return inside;
  }

  /** Deeper by one while `read` runs; undefined when it is too deep to go on. */
  within<T>(read: () => T): T | undefined {
    if (this.#depth >= DEEPEST) return undefined;
    this.#depth++;
    const value = read();
    this.#depth--;
    return value;
  }

  /** An expression; undefined when there is none. */
  expr(least = 1): Expr | undefined {
    let a = this.within(() => this.#one());
    if (a === undefined) return undefined;
    for (let links = 0; links < LONGEST; links++) {
      const t = this.token;
      const power = t === undefined || t.kind === "text" || t.kind === "variable" ? undefined : bindingOf(t.text);
      if (t === undefined || power === undefined || power < least) return a;
      this.#at++;
      const b = this.within(() => this.expr(power + 1));
      if (b === undefined) return a;
      a = { is: "two", mark: SAME[t.text] ?? t.text, a, b, spot: a.spot };
    }
    return a;
  }

  #one(): Expr | undefined {
    const t = this.token;
    if (t === undefined) return undefined;
    const { spot, text } = t;
    if (t.kind === "mark") {
      if (text === "(") return this.#bracketed(spot);
      if (text !== "!" && text !== "-") return undefined;
      this.#at++;
      const a = this.within(() => (text === "!" ? this.#one() : this.expr(6)));
      if (a === undefined) return undefined;
      return text === "!" ? { is: "not", a, spot } : { is: "word", text: `-${a.is === "word" ? a.text : "?"}`, spot };
    }
    this.#at++;
    if (t.kind === "text") return this.#strings(t);
    if (t.kind === "variable") return { is: "variable", text, spot };
    if (text === "not") {
      const a = this.within(() => this.#one());
      return a && { is: "not", a, spot };
    }
    if (text === "defined") return this.#one();
    if (this.is("(")) return { is: "call", name: text, args: argsOf(this.group(")"), this.#depth), spot };
    return { is: "word", text, spot };
  }

  #bracketed(spot: Spot): Expr | undefined {
    this.#at++;
    const inside = this.expr();
    this.eat(")");
    return inside ?? { is: "word", text: "?", spot };
  }

  /** Strings one behind the other are one. */
  #strings(first: Token): Expr {
    let text = first.text;
    while (this.token?.kind === "text") text += this.take()?.text ?? "";
    return { is: "text", text, spot: first.spot };
  }
}

function bindingOf(text: string): number | undefined {
  return Object.hasOwn(BINDING, text) ? BINDING[text] : undefined;
}

/** What stands between commas; what is no expression is kept as it is written. */
function argsOf(tokens: readonly Token[], depth: number): Expr[] {
  if (tokens.length === 0 || depth > DEEPEST / 2) return [];
  const args: Expr[] = [];
  let from = 0;
  let open = 0;
  for (let i = 0; i <= tokens.length; i++) {
    const t = tokens[i];
    if (t?.kind === "mark" && (t.text === "(" || t.text === "[")) open++;
    else if (t?.kind === "mark" && (t.text === ")" || t.text === "]")) open--;
    if (t !== undefined && !(t.kind === "mark" && t.text === "," && open === 0)) continue;
    const part = tokens.slice(from, i);
    from = i + 1;
    if (part.length === 0) continue;
    const cursor = new Cursor(part);
    const value = cursor.expr();
    args.push(
      value !== undefined && cursor.token === undefined
        ? value
        : { is: "word", text: part.map((p) => p.text).join(""), spot: part[0].spot },
    );
  }
  return args;
}
