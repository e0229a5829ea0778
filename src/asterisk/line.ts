/** One line of an Asterisk configuration file, comments gone. */
export type Line =
  | { readonly kind: "empty" }
  | { readonly kind: "section"; readonly name: string; readonly options: readonly string[] }
  | { readonly kind: "setting"; readonly key: string; readonly value: string }
  | { readonly kind: "include"; readonly path: string; readonly optional: boolean }
  | { readonly kind: "fault"; readonly what: string };

const EMPTY: Line = { kind: "empty" };
const SEMICOLON = ";";
const LONGEST = 8_192;

/** Reads a file line by line: a comment of several lines (`;--` to `--;`, they nest) is the one thing a line must know. */
export class LineReader {
  #depth = 0;

  read(raw: string): Line {
    if (raw.length > LONGEST) return { kind: "fault", what: `a line of more than ${LONGEST} characters` };
    const text = this.#withoutComments(raw).trim();
    if (text === "") return EMPTY;
    if (text.startsWith("[")) return sectionOf(text);
    return text.startsWith("#") ? directiveOf(text) : assignmentOf(text);
  }

  /** Whether a comment of several lines is still open. */
  get open(): boolean {
    return this.#depth > 0;
  }

  #withoutComments(raw: string): string {
    let kept = "";
    let from = 0;
    for (let at = raw.indexOf(SEMICOLON); at >= 0; at = raw.indexOf(SEMICOLON, at + 1)) {
      const begins = raw.startsWith("--", at + 1) && raw[at + 3] !== "-";
      if (this.#depth > 0) {
        if (begins) this.#depth++;
        else if (at >= from + 2 && raw.startsWith("--", at - 2)) this.#depth--;
        from = at + (begins ? 3 : 1);
      } else if (raw[at - 1] === "\\") {
        kept += `${raw.slice(from, at - 1)};`;
        from = at + 1;
      } else if (begins) {
        kept += raw.slice(from, at);
        this.#depth++;
        from = at + 3;
      } else return kept + raw.slice(from, at);
    }
    return this.#depth > 0 ? kept : kept + raw.slice(from);
  }
}

/** `[name]`, `[name](!)`, `[name](template,other)`, `[name](+)`. */
function sectionOf(text: string): Line {
  const end = text.indexOf("]");
  if (end < 0) return { kind: "fault", what: "a section without ]" };
  const name = text.slice(1, end).trim();
  const rest = text.slice(end + 1).trim();
  if (!rest.startsWith("(")) return { kind: "section", name, options: [] };
  const close = rest.indexOf(")");
  if (close < 0) return { kind: "fault", what: "a list of templates without )" };
  const options = rest.slice(1, close).split(",");
  return { kind: "section", name, options: options.map((o) => o.trim()).filter((o) => o !== "") };
}

function directiveOf(text: string): Line {
  const blank = text.search(/[ \t]/);
  const word = (blank < 0 ? text : text.slice(0, blank)).toLowerCase();
  const path = blank < 0 ? "" : unquoted(text.slice(blank + 1).trim());
  // A program of somebody else's choice: it is told, never run.
  if (word === "#exec") return { kind: "fault", what: `#exec ${path.split(/[ \t]/, 1)[0]}: a program is not run` };
  if (word !== "#include" && word !== "#tryinclude") return { kind: "fault", what: "an unknown directive" };
  return path === ""
    ? { kind: "fault", what: `${word} names no file` }
    : { kind: "include", path, optional: word === "#tryinclude" };
}

function unquoted(text: string): string {
  const quoted = (text.startsWith('"') && text.endsWith('"')) || (text.startsWith("<") && text.endsWith(">"));
  return quoted && text.length >= 2 ? text.slice(1, -1) : text;
}

/** `key = value`, `key => value`; `key += value` is one value more. */
function assignmentOf(text: string): Line {
  const at = text.indexOf("=");
  if (at < 0) return { kind: "fault", what: "neither a section nor key = value" };
  const key = text.slice(0, text[at - 1] === "+" ? at - 1 : at).trim();
  const value = text.slice(text[at + 1] === ">" ? at + 2 : at + 1).trim();
  if (key === "") return { kind: "fault", what: "a value without a key" };
  return { kind: "setting", key: key.toLowerCase(), value };
}
