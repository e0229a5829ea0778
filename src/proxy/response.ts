import { Edit, H, type Message } from "../sip/index.ts";

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;

/**
 * Text of `m` as it goes upstream: without its top Via (RFC 3261 16.7.3), all else byte for byte. Empty when no other Via is left:
 * the response was meant for us, and is not forwarded.
 */
export function forwardResponse(m: Message): string {
  const { text } = m;
  const top = m.need(H.via);
  const lineEnd = top.end;
  // The common shape, one value on one line with another Via line below: two slices and no patch list.
  if (text.charCodeAt(lineEnd) === CR && text.charCodeAt(lineEnd + 1) === LF) {
    const below = text.charCodeAt(lineEnd + 2);
    if ((below === UPPER_V || below === LOWER_V) && isVia(text, lineEnd + 2)) {
      const lineStart = startOfLine(text, top.start);
      if (lineStart > 0) return text.slice(0, lineStart) + text.slice(lineEnd + 2, m.bodyEnd);
    }
    if (below === SPACE || below === TAB) return viaEdit(m);
  }
  return viaEdit(m);
}

function viaEdit(m: Message): string {
  const vias = m.all(H.via);
  if (!Array.isArray(vias) || vias.length < 2) return "";
  const e = new Edit(m);
  e.dropFirst(H.via);
  return e.print();
}

const UPPER_V = 86;
const LOWER_V = 118;

/** Does a Via line (or its compact form) start here? */
function isVia(text: string, at: number): boolean {
  const second = text.charCodeAt(at + 1) | 32;
  if (second === 105) return (text.charCodeAt(at + 2) | 32) === 97 && isNameEnd(text.charCodeAt(at + 3));
  return isNameEnd(text.charCodeAt(at + 1));
}

function isNameEnd(c: number): boolean {
  return c === 58 || c === SPACE || c === TAB;
}

function startOfLine(text: string, at: number): number {
  let start = at;
  while (start > 0 && text.charCodeAt(start - 1) !== LF) start--;
  return start;
}
