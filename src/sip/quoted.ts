import { TABLES } from "./chars.ts";

const { bytes, token } = TABLES;

/** Whether the string `quotedEnd` walked over holds no backslash and no fold: then what it says is what stands there. */
export let quotedIsPlain = false;

/**
 * Offset behind the closing quote of the quoted-string that opens at `at` in BYTES, -1 when it is not closed before `end`.
 * RFC 3261 25.1: a backslash takes the next character with it, save CR and LF.
 */
export function quotedEnd(at: number, end: number): number {
  quotedIsPlain = true;
  let i = (at + 1) | 0;
  end |= 0;
  while (i < end) {
    const c = bytes[i];
    if (c > 92 || (c !== 34 && c !== 92 && c !== 13)) {
      i++;
      continue;
    }
    if (c === 34) return i + 1;
    quotedIsPlain = false;
    if (c === 92) {
      i++;
      if (bytes[i] === 13 || bytes[i] === 10) return -1;
    }
    i++;
  }
  return -1;
}

/** What the quoted-string text[start, end), quotes included, says: quotes off, each backslash pair as its character, folds as one space. */
export function unquote(text: string, start = 0, end: number = text.length): string {
  const raw = text.slice(start + 1, end - 1);
  if (!raw.includes("\\") && !raw.includes("\r")) return raw;
  return raw.replace(/\\([\s\S])|\r\n[ \t]+/g, (_, escaped: string | undefined) => escaped ?? " ");
}

/** Writes a quoted-string; CR and LF, which none may hold, become spaces. */
export function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, "\\$&").replace(/[\r\n]/g, " ")}"`;
}

/** True when the whole text is one token (RFC 3261 25.1) and not empty. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (token[text.charCodeAt(i)] !== 1) return false;
  return text !== "";
}
