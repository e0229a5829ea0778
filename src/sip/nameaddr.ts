import { Failure } from "../base/index.ts";
import { load } from "./bytes.ts";
import { skipLws, TABLES, trimEnd, unfold } from "./chars.ts";
import { nextParam, PARAM, paramOf } from "./params.ts";
import { quote, quotedEnd, unquote } from "./quoted.ts";
import { scanUri, type Uri, uriEnd } from "./uri.ts";

const { bytes, lws, token } = TABLES;
const param = PARAM;

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

/** A NameAddr as offsets into the text it stands in; its parts are cut out when asked for. */
class SpanAddr implements NameAddr {
  private readonly source: string;
  readonly uri: Uri;
  readonly start: number;
  private readonly displayEnd: number;
  private readonly tagStart: number;
  private readonly tagEnd: number;
  private readonly paramsStart: number;
  readonly end: number;

  constructor(source: string, uri: Uri, start: number, displayEnd: number, paramsStart: number, end: number) {
    this.source = source;
    this.uri = uri;
    this.start = start;
    this.displayEnd = displayEnd;
    this.tagStart = tag.start;
    this.tagEnd = tag.end;
    this.paramsStart = paramsStart;
    this.end = end;
  }
  get display(): string {
    if (this.displayEnd === this.start) return "";
    if (this.source.charCodeAt(this.start) === 34) return unquote(this.source, this.start, this.displayEnd);
    return unfold(this.source, this.start, this.displayEnd);
  }
  get tag(): string {
    return this.source.slice(this.tagStart, this.tagEnd);
  }
  get params(): string {
    return this.source.slice(this.paramsStart, this.end);
  }
  param(name: string): string | undefined {
    return paramOf(this.source, name, this.paramsStart, this.end);
  }
}

/** Span of the tag the last `scanAddrParams` met; empty for none. */
const tag = { start: 0, end: 0 };
/** Where the last parameter ended. */
let paramsEnd = 0;

/** Value of the header parameter `name` (lower case): unquoted, "" for a flag, undefined when absent. */
export function addrParam(a: NameAddr, name: string): string | undefined {
  return a instanceof SpanAddr ? a.param(name) : paramOf(a.params, name);
}

/**
 * Reads one name-addr or addr-spec at `start`; it ends at `end` or at a "," outside quotes and brackets.
 * Failure: `SIP_BAD_ADDRESS`, `SIP_BAD_URI`, `SIP_BAD_PARAM`, `SIP_BAD_TAG`.
 */
export function parseNameAddr(text: string, start: number, end: number): NameAddr | Failure {
  load(text);
  return readNameAddr(text, start, end);
}

/** `parseNameAddr` for a text that is loaded. */
export function readNameAddr(text: string, start: number, end: number): NameAddr | Failure {
  const from = skipLws(start, end);
  let i = displayStop(from, end);
  if (i < 0) return bad("SIP_BAD_ADDRESS", from);
  const bracket = i < end && bytes[i] === 60;
  const displayEnd = bracket && i > from ? trimEnd(from, i) : from;
  const uri = bracket ? scanUri(text, i + 1, end, false) : scanUri(text, from, end, true);
  if (uri instanceof Failure) return uri;
  i = uriEnd();
  if (bracket) {
    if (i >= end || bytes[i] !== 62) return new Failure("SIP_BAD_URI", "uri", i, 400);
    i++;
  }
  const behindUri = i;
  if (i < end && lws[bytes[i]] === 1) i = skipLws(i, end);
  const failure = scanAddrParams(i, end);
  if (failure !== undefined) return failure;
  const hasParams = i < end && bytes[i] === 59;
  return new SpanAddr(text, uri, from, displayEnd, hasParams ? i : behindUri, hasParams ? paramsEnd : behindUri);
}

/** Walks over header parameters, up to `end` or a comma; the tag's span goes to `tag`. */
function scanAddrParams(from: number, end: number): Failure | undefined {
  tag.start = 0;
  tag.end = 0;
  let at = from;
  while (at < end && bytes[at] === 59) {
    const semicolon = at;
    at = nextParam(at, end);
    if (at < 0) return bad("SIP_BAD_PARAM", semicolon);
    paramsEnd = param.end;
    if (param.nameEnd - param.nameStart !== 3 || !isTag(param.nameStart)) continue;
    // RFC 3261 25.1: tag-param is a token, and RFC 3261 7.3.1 lets no parameter stand twice.
    if (tag.end !== 0 || param.quoted || param.valueStart < 0) return bad("SIP_BAD_TAG", semicolon);
    tag.start = param.valueStart;
    tag.end = param.valueEnd;
  }
  return at < end && bytes[at] !== 44 ? bad("SIP_BAD_ADDRESS", at) : undefined;
}

function isTag(at: number): boolean {
  return (bytes[at] | 32) === 116 && (bytes[at + 1] | 32) === 97 && (bytes[at + 2] | 32) === 103;
}

/** Writes a name-addr: always in angle brackets, the display name quoted. */
export function printNameAddr(a: NameAddr): string {
  return `${a.display === "" ? "" : `${quote(a.display)} `}<${a.uri.text}>${a.params}`;
}

/** Offset of the "<", or `from` again when an addr-spec without brackets begins there; -1 when it can be neither. */
function displayStop(from: number, end: number): number {
  if (from >= end) return -1;
  const first = bytes[from];
  if (first === 60) return from;
  if (first === 34) {
    const behind = quotedEnd(from, end);
    if (behind < 0) return -1;
    const i = skipLws(behind, end);
    return i < end && bytes[i] === 60 ? i : -1;
  }
  for (let i = from; i < end; i++) {
    const c = bytes[i];
    if (c === 60) return i;
    if (c === 58) return from;
    // UTF-8 without quotes is no display name by RFC 3261 25.1; phones send it and nothing can hide in it: tolerated on purpose.
    if (token[c] !== 1 && lws[c] !== 1 && c < 128) return -1;
  }
  return -1;
}

function bad(code: string, at: number): Failure {
  return new Failure(code, "address", at, 400);
}
