import { hexDigit } from "./chars.ts";
import type { Uri } from "./uri.ts";

/** Value of the URI parameter `name` (lower case), as written: "" for a flag, undefined when absent. The first of several. */
export function uriParam(uri: Uri, name: string): string | undefined {
  const raw = uri.params;
  let at = 0;
  while (at < raw.length) {
    let end = raw.indexOf(";", at + 1);
    if (end < 0) end = raw.length;
    let equals = at + 1;
    while (equals < end && raw.charCodeAt(equals) !== 61) equals++;
    if (isName(raw, at + 1, equals, name)) return raw.slice(equals + 1, end);
    at = end;
  }
  return undefined;
}

function isName(text: string, start: number, end: number, lower: string): boolean {
  if (end - start !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) if ((text.charCodeAt(start + i) | 32) !== lower.charCodeAt(i)) return false;
  return true;
}

/** "%41" becomes "A", once over: what comes out is not read again (RFC 4475 3.1.1.3). A "%" that escapes nothing stays. */
export function unescapeUser(text: string): string {
  let at = text.indexOf("%");
  if (at < 0) return text;
  let out = "";
  let from = 0;
  for (; at >= 0 && at + 2 < text.length; at = text.indexOf("%", at)) {
    const high = hexDigit(text.charCodeAt(at + 1));
    const low = hexDigit(text.charCodeAt(at + 2));
    if (high < 0 || low < 0) {
      at++;
      continue;
    }
    out += text.slice(from, at) + String.fromCharCode(high * 16 + low);
    at += 3;
    from = at;
  }
  return out + text.slice(from);
}

/** RFC 3261 19.1.4: a parameter of these names that one URI alone has makes them differ; others alone are passed over. */
const DECIDING = ["user", "ttl", "method", "maddr", "transport"];

/**
 * True when two URIs are equal by RFC 3261 19.1.4. Schemes other than sip and sips are equal when written alike.
 * `transport` on one side alone makes them differ too: the examples there say so ("can resolve to different transports").
 */
export function sameUri(a: Uri, b: Uri): boolean {
  if (a.scheme !== b.scheme) return false;
  if (a.scheme !== "sip" && a.scheme !== "sips") return a.text === b.text;
  if (a.host !== b.host || a.port !== b.port) return false;
  if (unescapeUser(a.user) !== unescapeUser(b.user) || unescapeUser(a.password) !== unescapeUser(b.password))
    return false;
  if (a.params !== b.params && !sameParams(a, b)) return false;
  return a.headers === b.headers || sameHeaders(a.headers, b.headers);
}

function sameParams(a: Uri, b: Uri): boolean {
  for (const name of DECIDING) {
    if ((uriParam(a, name) === undefined) !== (uriParam(b, name) === undefined)) return false;
  }
  for (const part of a.params.split(";")) {
    if (part === "") continue;
    const name = (part.split("=", 1)[0] as string).toLowerCase();
    const other = uriParam(b, name);
    if (other !== undefined && fold(other) !== fold(uriParam(a, name) as string)) return false;
  }
  return true;
}

/** RFC 3261 19.1.4: header components are never passed over; their order is of no account. */
function sameHeaders(a: string, b: string): boolean {
  return headerSet(a) === headerSet(b);
}

function headerSet(headers: string): string {
  const parts = headers.split("&").map((part) => {
    const equals = part.indexOf("=");
    return `${fold(part.slice(0, equals))}=${unescapeUser(part.slice(equals + 1))}`;
  });
  return parts.sort().join("&");
}

function fold(text: string): string {
  return unescapeUser(text).toLowerCase();
}
