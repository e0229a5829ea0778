import type { Message } from "../sip/index.ts";

/** Whole header lines of `m`, folding and line ends included, whose name (lower case) `wanted` accepts. Not for hot paths. */
export function headerLines(m: Message, wanted: (name: string) => boolean): string {
  const { text } = m;
  let out = "";
  let at = nextLine(text, 0);
  while (at < m.bodyStart) {
    const end = nextLine(text, at);
    const colon = text.indexOf(":", at);
    if (colon > 0 && colon < end && wanted(text.slice(at, colon).trim().toLowerCase())) out += text.slice(at, end);
    at = end;
  }
  return out;
}

/** Start of the line after the (possibly folded) one at `at`. */
function nextLine(text: string, at: number): number {
  let end = at;
  do {
    const lf = text.indexOf("\n", end);
    if (lf < 0) return text.length;
    end = lf + 1;
  } while (text[end] === " " || text[end] === "\t");
  return end;
}
