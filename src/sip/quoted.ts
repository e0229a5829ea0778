import { CLASS, TOKEN } from "./chars.ts";

/**
 * Offset behind the closing quote of the quoted-string that opens at `at`, or -1 when it is not closed before `end`.
 * RFC 3261 25.1: a backslash takes the next character with it, save CR and LF.
 */
export function quotedEnd(text: string, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) return i + 1;
    if (c === 92) {
      i++;
      const next = text.charCodeAt(i);
      if (next === 13 || next === 10) return -1;
    }
  }
  return -1;
}

/** What the quoted-string text[start, end), quotes included, says: quotes off, each backslash pair as its character, folds as one space. */
export function unquote(text: string, start: number, end: number): string {
  let out = "";
  let from = start + 1;
  const last = end - 1;
  for (let i = from; i < last; i++) {
    const c = text.charCodeAt(i);
    if (c === 92) {
      out += text.slice(from, i);
      from = i + 1;
      i++;
    } else if (c === 13) {
      out += text.slice(from, i);
      while (i + 1 < last && isFoldCharacter(text.charCodeAt(i + 1))) i++;
      out += " ";
      from = i + 1;
    }
  }
  return out === "" ? text.slice(from, last) : out + text.slice(from, last);
}

/** Writes a quoted-string; CR and LF, which none may hold, become spaces. */
export function quote(value: string): string {
  let out = "";
  for (const c of value) out += c === '"' || c === "\\" ? `\\${c}` : c === "\r" || c === "\n" ? " " : c;
  return `"${out}"`;
}

/** True when the whole text is one token (RFC 3261 25.1) and not empty. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if ((CLASS[text.charCodeAt(i)] & TOKEN) === 0) return false;
  return text !== "";
}

function isFoldCharacter(c: number): boolean {
  return c === 10 || c === 32 || c === 9;
}
