/** Where something stands: path below the folder, and line from 1. */
export interface Spot {
  readonly file: string;
  readonly line: number;
}

export interface Token {
  /** `word`: names, numbers and addresses; `variable`: "$si", "$hdr(CSeq)"; `text`: a string without its quotes; `mark`: the rest. */
  readonly kind: "word" | "text" | "variable" | "mark";
  readonly text: string;
  readonly spot: Spot;
  /** Where its text is written: elsewhere, when a `#!define` gave it. */
  readonly origin: Spot;
}

/** One piece of a text: a token, a line of the preprocessor, or nothing (white space, a comment). */
export interface Piece {
  readonly end: number;
  readonly token?: { readonly kind: Token["kind"]; readonly text: string };
  /** "#!define NAME value" without "#!", lines that go on joined. */
  readonly directive?: string;
}

const MARKS3 = ["<=>"];
const MARKS2 = ["==", "!=", "=~", "!~", "&&", "||", "<=", ">=", "=>", "+=", "-=", "*=", ":=", "<<", ">>"];
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Reads the piece at `from`. Work is linear: no piece is looked at twice. */
export function pieceAt(text: string, from: number): Piece {
  const c = text[from];
  if (c === " " || c === "\t" || c === "\n" || c === "\r") return { end: from + 1 };
  if (c === "#" && text[from + 1] === "!" && isLetter(text.charCodeAt(from + 2))) return directiveAt(text, from);
  if (c === "#" || (c === "/" && text[from + 1] === "/")) return { end: lineEnd(text, from) };
  if (c === "/" && text[from + 1] === "*") {
    const close = text.indexOf("*/", from + 2);
    return { end: close < 0 ? text.length : close + 2 };
  }
  if (c === '"' || c === "'") return stringAt(text, from, c);
  if (c === "$") return variableAt(text, from);
  // "%name" is how variables were written once.
  if (c === "%" && isLetter(text.charCodeAt(from + 1))) return variableAt(text, from);
  if (isWord(text.charCodeAt(from))) return wordAt(text, from);
  const mark = [MARKS3, MARKS2].flat().find((m) => text.startsWith(m, from)) ?? c;
  return { end: from + mark.length, token: { kind: "mark", text: mark } };
}

function directiveAt(text: string, from: number): Piece {
  let end = lineEnd(text, from);
  while (text[end - 1] === "\\" && end < text.length) end = lineEnd(text, end + 1);
  const directive = text.slice(from + 2, end).replace(/\\\n/g, "\n");
  return { end, directive };
}

function stringAt(text: string, from: number, quote: string): Piece {
  const parts: string[] = [];
  let at = from + 1;
  let start = at;
  while (at < text.length && text[at] !== quote) {
    if (text[at] !== "\\" || quote === "'") {
      at++;
      continue;
    }
    // What is escaped and has no meaning keeps its backslash: regular expressions stand in strings.
    const next = text[at + 1] ?? "";
    const plain = ESCAPES[next] ?? (next === '"' || next === "\\" ? next : `\\${next}`);
    parts.push(text.slice(start, at), plain);
    at += 2;
    start = at;
  }
  parts.push(text.slice(start, at));
  return { end: at + 1, token: { kind: "text", text: parts.join("") } };
}

/** "$?" is the code of what was called last; "$name", "$name(…)" with brackets within brackets, "$(…)"; "$" alone is a mark. */
function variableAt(text: string, from: number): Piece {
  let end = from + 1;
  if (text[end] === "?") return { end: end + 1, token: { kind: "variable", text: "$rc" } };
  while (isWord(text.charCodeAt(end)) && text[end] !== ".") end++;
  if (text[end] === "(") {
    let depth = 0;
    const stop = Math.min(lineEnd(text, end), end + 512);
    for (let at = end; at < stop; at++) {
      if (text[at] === "(") depth++;
      else if (text[at] === ")" && --depth === 0) {
        end = at + 1;
        break;
      }
    }
  }
  if (end === from + 1) return { end, token: { kind: "mark", text: "$" } };
  return { end, token: { kind: "variable", text: text.slice(from, end) } };
}

function wordAt(text: string, from: number): Piece {
  let end = from + 1;
  while (isWord(text.charCodeAt(end)) || (text[end] === "." && isWord(text.charCodeAt(end + 1)))) end++;
  // "@via[2]" and "msg:len" are one.
  const rest = text[from] === "@" ? /^\[-?\d{1,4}\][\w.]{0,64}/.exec(text.slice(end, end + 80)) : null;
  end += rest?.[0].length ?? 0;
  if (text.startsWith("msg:len", from)) end = from + "msg:len".length;
  return { end, token: { kind: "word", text: text.slice(from, end) } };
}

/** Offset of the next line end, or of the end. */
export function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at;
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}

/** Letters, digits, "_", "@" of selects. */
function isWord(code: number): boolean {
  return isLetter(code) || (code >= 48 && code <= 57) || code === 95 || code === 64;
}
