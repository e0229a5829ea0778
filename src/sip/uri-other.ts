import { isEscape, sameName, TABLES } from "./chars.ts";
import type { Uri } from "./uri.ts";

const { bytes, uric } = TABLES;

/** Offset of the ":" that ends the scheme at `start` (RFC 3261 25.1: a letter, then letters, digits, "+", "-", "."); -1 for none. */
export function schemeEnd(start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const c = bytes[i];
    if (c === 58) return i > start ? i : -1;
    const letter = (c | 32) >= 97 && (c | 32) <= 122;
    if (!letter && (i === start || !((c >= 48 && c <= 57) || c === 43 || c === 45 || c === 46))) return -1;
  }
  return -1;
}

/** Reads a URI of a scheme we do not take apart, `colon` being where its scheme ends. Undefined when nothing follows the scheme. */
export function scanOtherUri(text: string, start: number, colon: number, end: number, bare: boolean): Uri | undefined {
  let i = colon + 1;
  let semicolon = -1;
  for (; i < end; i++) {
    const c = bytes[i];
    if (bare && (c === 59 || c === 44 || c === 63)) break;
    if (c === 59 && semicolon < 0) semicolon = i;
    if (uric[c] === 1) continue;
    if (!isEscape(i, end)) break;
    i += 2;
  }
  const scheme = text.slice(start, colon).toLowerCase();
  // What failed to be one of our own schemes is no URI of another.
  if (i === colon + 1 || scheme === "sip" || scheme === "sips") return undefined;
  const isTel = sameName(start, colon, "tel");
  // RFC 3966 3: what it holds goes into SIP URIs as it is, so nothing but a number may stand there.
  if (isTel && !isNumber(colon + 1, semicolon < 0 ? i : semicolon)) return undefined;
  return {
    text: text.slice(start, i),
    scheme,
    user: isTel ? text.slice(colon + 1, semicolon < 0 ? i : semicolon) : "",
    password: "",
    host: "",
    port: 0,
    params: semicolon < 0 ? "" : text.slice(semicolon, i),
    headers: "",
  };
}

/** RFC 3966 3 telephone-subscriber: "+" and digits, or hexadecimal digits and "*", with visual separators. A "#" has no place in a URI of SIP (RFC 3261 25.1). */
function isNumber(from: number, end: number): boolean {
  for (let i = from; i < end; i++) {
    const c = bytes[i];
    const isDigit = (c >= 48 && c <= 57) || ((c | 32) >= 97 && (c | 32) <= 102);
    // "*", and "(" ")" "-" ".".
    if (isDigit || c === 42 || c === 40 || c === 41 || c === 45 || c === 46) continue;
    if (c !== 43 || i !== from) return false;
  }
  return end > from;
}
