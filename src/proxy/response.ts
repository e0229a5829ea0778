import { isFailure } from "../base/index.ts";
import { Edit, H, type Message } from "../sip/index.ts";

const CR = 13;
const LF = 10;

/**
 * Text of `m`, which has passed `check`, as it goes upstream: without its top Via (RFC 3261 16.7.3), all else byte for byte.
 * Empty when no other Via is left: the response was meant for us, and must not be forwarded. HOT.
 */
export function forwardResponse(m: Message): string {
  const { text } = m;
  const top = m.need(H.via);
  const next = top.end + 2;
  // The common shape, one value alone on its line and a Via line below it: two slices and no patch list.
  if (text.charCodeAt(top.end) === CR && text.charCodeAt(top.end + 1) === LF && isViaLine(text, next)) {
    const line = startOfLine(text, top.start);
    // A line that begins elsewhere is the continuation of a folded one.
    if (isViaLine(text, line)) return text.slice(m.start, line) + text.slice(next, m.bodyEnd);
  }
  if (!hasNextHop(m)) return "";
  const e = new Edit(m);
  e.dropFirst(H.via);
  return e.print();
}

/** Is there a Via below ours, so that the response is for somebody upstream (RFC 3261 16.7.3)? HOT. */
export function hasNextHop(m: Message): boolean {
  if (m.line(H.via, m.line(H.via) + 1) >= 0) return true;
  const vias = m.all(H.via);
  return !isFailure(vias) && vias.length > 1;
}

/** Does a line with the name Via, or its compact form, begin here? */
function isViaLine(text: string, at: number): boolean {
  if ((text.charCodeAt(at) | 32) !== LOWER_V) return false;
  if ((text.charCodeAt(at + 1) | 32) !== LOWER_I) return isNameEnd(text.charCodeAt(at + 1));
  return (text.charCodeAt(at + 2) | 32) === LOWER_A && isNameEnd(text.charCodeAt(at + 3));
}

const LOWER_V = 118;
const LOWER_I = 105;
const LOWER_A = 97;
const COLON = 58;
const SPACE = 32;
const TAB = 9;

function isNameEnd(c: number): boolean {
  return c === COLON || c === SPACE || c === TAB;
}

function startOfLine(text: string, at: number): number {
  let start = at;
  while (start > 0 && text.charCodeAt(start - 1) !== LF) start--;
  return start;
}
