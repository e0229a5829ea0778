import type { AuditInput } from "../input.ts";
import { lineEnd, pieceAt, type Spot, type Token } from "./token.ts";

const MOST_TOKENS = 2_000_000;
const DEEPEST = 16;
const SKIPPED = /#!(ifdef|ifndef|ifexp|else|endif)\b/g;

/** What one `#!define` gave, and where. */
interface Define {
  readonly spot: Spot;
  readonly value: readonly Token[];
}

/** The tokens that Kamailio would see, and what it was told by name. */
export interface Source {
  readonly tokens: readonly Token[];
  readonly defines: ReadonlyMap<string, Define>;
  /** Names that `#!ifdef` asks for, and where first. */
  readonly asked: ReadonlyMap<string, Spot>;
  /** Sentences about what could not be read. */
  readonly missing: readonly string[];
  /** Every file that was read. */
  readonly files: readonly string[];
}

interface Reading {
  readonly input: AuditInput;
  readonly tokens: Token[];
  readonly defines: Map<string, Define>;
  readonly asked: Map<string, Spot>;
  readonly missing: Set<string>;
  readonly files: string[];
  /** For each open `#!ifdef`: is its branch taken, and was one before. */
  readonly branches: { taken: boolean; readonly isInner: boolean }[];
  readonly open: string[];
}

/** Reads a kamailio.cfg with its includes, its comments taken out and its preprocessor run. Nothing but texts of the input is read. */
export function readSource(input: AuditInput, path: string): Source {
  const r: Reading = {
    input,
    tokens: [],
    defines: new Map(),
    asked: new Map(),
    missing: new Set(),
    files: [],
    branches: [],
    open: [],
  };
  readFile(r, path);
  if (r.branches.length > 0) r.missing.add(`${path}: an #!ifdef has no #!endif, so what follows it was not read.`);
  return { tokens: r.tokens, defines: r.defines, asked: r.asked, missing: [...r.missing], files: r.files };
}

function readFile(r: Reading, file: string): void {
  const text = r.input.files.get(file)?.text ?? "";
  r.open.push(file);
  r.files.push(file);
  let at = 0;
  let line = 1;
  let counted = 0;
  const lineAt = (offset: number): number => {
    for (let lf = text.indexOf("\n", counted); lf >= 0 && lf < offset; lf = text.indexOf("\n", lf + 1)) {
      line++;
      counted = lf + 1;
    }
    return line;
  };
  while (at < text.length && r.tokens.length < MOST_TOKENS) {
    if (isSkipping(r)) {
      SKIPPED.lastIndex = at;
      const next = SKIPPED.exec(text);
      if (next === null) break;
      const end = lineEnd(text, next.index);
      directive(r, text.slice(next.index + 2, end), { file, line: lineAt(next.index) });
      at = end;
      continue;
    }
    const piece = pieceAt(text, at);
    if (piece.directive !== undefined) directive(r, piece.directive, { file, line: lineAt(at) });
    if (piece.token !== undefined) {
      const spot = { file, line: lineAt(at) };
      put(r, { ...piece.token, spot, origin: spot });
    }
    at = piece.end;
  }
  if (r.tokens.length >= MOST_TOKENS)
    r.missing.add(`${file} is too long: what stands behind line ${line} was not read.`);
  r.open.pop();
}

function isSkipping(r: Reading): boolean {
  return r.branches.length > 0 && !r.branches[r.branches.length - 1].taken;
}

/** A token as it is, or what its name stands for; a file that is to be put in its place. */
function put(r: Reading, token: Token): void {
  const define = token.kind === "word" ? r.defines.get(token.text) : undefined;
  if (define !== undefined) {
    for (const t of define.value) r.tokens.push({ ...t, spot: token.spot });
    return;
  }
  const last = r.tokens[r.tokens.length - 1];
  const isInclude = last?.kind === "word" && (last.text === "include_file" || last.text === "import_file");
  if (!isInclude || token.kind !== "text") {
    r.tokens.push(token);
    return;
  }
  r.tokens.pop();
  include(r, token, last.text === "include_file");
}

function include(r: Reading, { text, spot }: Token, isNeeded: boolean): void {
  const path = pathOf(r, text, spot.file);
  const place = `${spot.file}:${spot.line}`;
  if (path !== undefined && r.input.files.has(path)) {
    if (r.open.includes(path) || r.open.length >= DEEPEST)
      r.missing.add(`${place} includes "${text}" within itself: it was read once.`);
    else readFile(r, path);
    return;
  }
  // import_file asks for a file that need not be there; one outside of the folder may be.
  if (isNeeded || path === undefined)
    r.missing.add(`${place} takes in "${text}", which is not below the folder: it was not read.`);
}

/** Path below the folder; undefined for one that is elsewhere. */
function pathOf(r: Reading, name: string, from: string): string | undefined {
  const folder = r.input.folder.replace(/\/+$/, "");
  if (name.startsWith("/")) return name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : undefined;
  const parts = from.split("/").slice(0, -1);
  for (const part of name.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** One line of the preprocessor. */
function directive(r: Reading, text: string, spot: Spot): void {
  const [, word, rest] = /^(\w+)[ \t]*([\s\S]*)$/.exec(text) ?? ["", "", ""];
  const isBranch = /^(ifdef|ifndef|ifexp|else|endif)$/.test(word);
  if (isBranch) branch(r, word, rest.trim(), spot);
  if (isBranch || isSkipping(r)) return;
  const [, name = "", value = ""] = /^(\w+)[ \t]*([\s\S]*)$/.exec(rest) ?? [];
  if (word === "define" || word === "def" || word === "redefine")
    r.defines.set(name, { spot, value: tokensOf(value, spot) });
  else if (word === "trydef" || word === "trydefine") {
    if (!r.defines.has(name)) r.defines.set(name, { spot, value: tokensOf(value, spot) });
  } else if (word === "undef") r.defines.delete(name);
  else if (/^(subst|substdef|substdefs)$/.test(word)) substitute(r, word, rest, spot);
  else if (/^(defenv|defenvs|trydefenv|trydefenvs|defexp|defexps)$/.test(word)) {
    r.defines.set(name.split("=")[0], { spot, value: [{ kind: "text", text: "", spot, origin: spot }] });
    r.missing.add(
      `${spot.file}:${spot.line}: the value of ${name.split("=")[0]} is known to the running Kamailio alone (#!${word}).`,
    );
  }
}

function branch(r: Reading, word: string, name: string, spot: Spot): void {
  const last = r.branches[r.branches.length - 1];
  if (word === "endif") {
    r.branches.pop();
    return;
  }
  if (word === "else") {
    if (last !== undefined && !last.isInner) last.taken = !last.taken;
    return;
  }
  // Within a branch that is not taken, none is.
  if (isSkipping(r)) {
    r.branches.push({ taken: false, isInner: true });
    return;
  }
  if (word === "ifexp")
    r.missing.add(`${spot.file}:${spot.line}: #!ifexp is decided when Kamailio starts; its first part was not read.`);
  else if (!r.asked.has(name)) r.asked.set(name, spot);
  r.branches.push({
    taken: word === "ifdef" ? r.defines.has(name) : word === "ifndef" && !r.defines.has(name),
    isInner: false,
  });
}

/** "!NAME!value!flags" with any delimiter: `substdef` gives a name too; what `subst` does within strings is not done here. */
function substitute(r: Reading, word: string, rest: string, spot: Spot): void {
  const quoted = rest.trim().replace(/^["']|["']$/g, "");
  const [, name = "", value = ""] = quoted.split(quoted[0] ?? "!");
  if (word !== "subst" && /^\w+$/.test(name)) {
    const text = word === "substdefs" ? `"${value}"` : value;
    r.defines.set(name, { spot, value: tokensOf(text, spot) });
    return;
  }
  r.missing.add(
    `${spot.file}:${spot.line}: #!${word} changes strings when Kamailio reads them; they were judged as they are written.`,
  );
}

function tokensOf(text: string, spot: Spot): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length && tokens.length < 1_000; ) {
    const piece = pieceAt(text, at);
    if (piece.token !== undefined) tokens.push({ ...piece.token, spot, origin: spot });
    at = piece.end;
  }
  return tokens;
}
