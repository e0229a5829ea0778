import { Failure, isFailure } from "../base/index.ts";
import { CLASS, LWS, sameName, skipLws, TOKEN, unfold } from "./chars.ts";
import { nextParam, param, paramOf } from "./params.ts";
import { quote, quotedEnd, unquote } from "./quoted.ts";
import { scanUri, type Uri, uriStop } from "./uri.ts";

/** A name-addr or addr-spec with its header parameters (RFC 3261 20.10, 20.20, 20.34 ...). */
export interface NameAddr {
  /** Display name without quotes and backslashes; "" for none. */
  readonly display: string;
  readonly uri: Uri;
  /** The tag parameter, "" for none. */
  readonly tag: string;
  /** Header parameters as written from the first ";" on, or "". */
  readonly params: string;
  /** Span of this value in the text it was read from. */
  readonly start: number;
  readonly end: number;
}

/** Value of the header parameter `name` (lower case): unquoted, "" for a flag, undefined when absent. */
export function addrParam(a: NameAddr, name: string): string | undefined {
  return paramOf(a.params, name);
}

/**
 * Reads one name-addr or addr-spec at `start`; it ends at `end` or at a "," outside quotes and brackets.
 * Failure: `SIP_BAD_ADDRESS`, `SIP_BAD_URI`, `SIP_BAD_PARAM`.
 */
export function parseNameAddr(text: string, start: number, end: number): NameAddr | Failure {
  const from = skipLws(text, start, end);
  let i = displayEnd(text, from, end);
  if (i < 0) return new Failure("SIP_BAD_ADDRESS", "address", from, 400);
  const bracket = i < end && text.charCodeAt(i) === 60;
  const display = bracket && i > from ? displayText(text, from, i) : "";
  const uri = bracket ? scanUri(text, i + 1, end, false) : scanUri(text, from, end, true);
  if (isFailure(uri)) return uri;
  i = uriStop;
  if (bracket) {
    if (i >= end || text.charCodeAt(i) !== 62) return new Failure("SIP_BAD_URI", "uri", i, 400);
    i++;
  }
  const paramsAt = skipLws(text, i, end);
  let tag = "";
  let stop = i;
  let at = paramsAt;
  while (at < end && text.charCodeAt(at) === 59) {
    const semicolon = at;
    at = nextParam(text, at, end);
    if (at < 0) return new Failure("SIP_BAD_PARAM", "address", semicolon, 400);
    stop = param.valueEnd < 0 ? param.nameEnd : param.valueEnd;
    if (param.nameEnd - param.nameStart !== 3 || !sameName(text, param.nameStart, param.nameEnd, "tag")) continue;
    // RFC 3261 25.1: tag-param is a token, and RFC 3261 7.3.1 lets no parameter stand twice.
    if (tag !== "" || param.quoted || param.valueStart < 0)
      return new Failure("SIP_BAD_TAG", "address", semicolon, 400);
    tag = text.slice(param.valueStart, param.valueEnd);
  }
  if (at < end && text.charCodeAt(at) !== 44) return new Failure("SIP_BAD_ADDRESS", "address", at, 400);
  return { display, uri, tag, params: stop > i ? text.slice(paramsAt, stop) : "", start: from, end: stop };
}

/** Writes a name-addr: always in angle brackets, the display name quoted. */
export function printNameAddr(a: NameAddr): string {
  return `${a.display === "" ? "" : `${quote(a.display)} `}<${a.uri.text}>${a.params}`;
}

/** Offset of the "<", or `from` again when an addr-spec without brackets begins there; -1 when it can be neither. */
function displayEnd(text: string, from: number, end: number): number {
  if (from >= end) return -1;
  const first = text.charCodeAt(from);
  if (first === 60) return from;
  if (first === 34) {
    const behind = quotedEnd(text, from, end);
    if (behind < 0) return -1;
    const i = skipLws(text, behind, end);
    return i < end && text.charCodeAt(i) === 60 ? i : -1;
  }
  for (let i = from; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === 60) return i;
    if (c === 58) return from;
    // UTF-8 without quotes is no display name by RFC 3261 25.1; phones send it and nothing can hide in it: tolerated on purpose.
    if ((CLASS[c] & (TOKEN | LWS)) === 0 && c < 128) return -1;
  }
  return -1;
}

function displayText(text: string, from: number, bracket: number): string {
  if (text.charCodeAt(from) === 34) return unquote(text, from, quotedEnd(text, from, bracket));
  return unfold(text, from, bracket).trimEnd();
}
