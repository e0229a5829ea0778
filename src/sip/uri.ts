import { Failure, LIMITS } from "../base/index.ts";
import { load } from "./bytes.ts";
import { isEscape, sameName, TABLES } from "./chars.ts";
import { HOST_PORT, scanHostPort } from "./hostport.ts";
import { scanOtherUri, schemeEnd } from "./uri-other.ts";

const { bytes, user, bareUser, uriParam, uriHeader } = TABLES;
const hostPort = HOST_PORT;

/** A URI taken apart (RFC 3261 19.1.1). Of schemes other than sip and sips only `text`, `scheme`, `user` (tel) and `params` say something. */
export interface Uri {
  readonly text: string;
  /** Lower case. */
  readonly scheme: string;
  /** As written, escapes included; "" for none. */
  readonly user: string;
  readonly password: string;
  /** Lower case, IPv6 without brackets; "" when the scheme has no host. */
  readonly host: string;
  /** 0 for none. */
  readonly port: number;
  /** As written from the first ";" on, or "". */
  readonly params: string;
  /** As written behind the "?", or "". */
  readonly headers: string;
}

/**
 * A sip or sips URI as offsets into the text it stands in; its parts are cut out when asked for. It is no plain object:
 * spreading one copies offsets, not parts.
 */
class SipUri implements Uri {
  private readonly source: string;
  private readonly secure: boolean;
  private readonly start: number;
  /** The "@", or the offset before the host when there is none; and the ":" before a password, 0 for none. */
  private readonly at: number;
  private readonly colon: number;
  private readonly hostStart: number;
  private readonly hostEnd: number;
  readonly port: number;
  private readonly paramsEnd: number;
  private readonly paramsStart: number;
  readonly end: number;

  constructor(source: string, start: number) {
    this.source = source;
    this.secure = found.secure;
    this.start = start;
    this.at = found.at;
    this.colon = found.colon;
    this.hostStart = hostPort.start;
    this.hostEnd = hostPort.end;
    this.port = hostPort.port;
    this.paramsStart = found.paramsStart;
    this.paramsEnd = found.paramsEnd;
    this.end = found.end;
  }
  get text(): string {
    return this.source.slice(this.start, this.end);
  }
  get scheme(): string {
    return this.secure ? "sips" : "sip";
  }
  get user(): string {
    const from = this.start + (this.secure ? 5 : 4);
    return this.at < from ? "" : this.source.slice(from, this.colon === 0 ? this.at : this.colon);
  }
  get password(): string {
    return this.colon === 0 ? "" : this.source.slice(this.colon + 1, this.at);
  }
  get host(): string {
    return this.source.slice(this.hostStart, this.hostEnd).toLowerCase();
  }
  get params(): string {
    return this.source.slice(this.paramsStart, this.paramsEnd);
  }
  get headers(): string {
    return this.paramsEnd === this.end ? "" : this.source.slice(this.paramsEnd + 1, this.end);
  }
}

/** What the last scan found; `end` is where the URI ended. */
const found = { secure: false, at: 0, colon: 0, paramsStart: 0, paramsEnd: 0, end: 0 };

/** Where the last URI that `scanUri` read ended. */
export function uriEnd(): number {
  return found.end;
}

/**
 * Reads the URI that fills text[start, end).
 * Failure: `SIP_BAD_URI` (400), `SIP_URI_TOO_LONG` (414).
 */
export function parseUri(text: string, start = 0, end: number = text.length): Uri | Failure {
  load(text);
  const uri = scanUri(text, start, end, false);
  if (!(uri instanceof Failure) && found.end !== end) return badUri(found.end);
  return uri;
}

/**
 * Reads the URI that begins at `start` of the loaded text; `uriEnd()` tells where it ended.
 * `bare`: RFC 3261 20: without angle brackets ";" "?" and "," are not the URI's, so it ends at the first of them.
 */
export function scanUri(text: string, start: number, end: number, bare: boolean): Uri | Failure {
  // "sip:" and "sips:" in any case.
  const isSip = (bytes[start] | 32) === 115 && (bytes[start + 1] | 32) === 105 && (bytes[start + 2] | 32) === 112;
  found.secure = isSip && sameName(start + 3, start + 4, "s");
  const colon = start + (found.secure ? 4 : 3);
  if (!isSip || bytes[colon] !== 58 || colon >= end) return scanOther(text, start, end, bare);
  const bad = scanSip(colon + 1, end, bare);
  if (bad >= 0) return badUri(bad);
  if (found.end - start > LIMITS.uri) return new Failure("SIP_URI_TOO_LONG", "uri", start, 414);
  return new SipUri(text, start);
}

function scanOther(text: string, start: number, end: number, bare: boolean): Uri | Failure {
  const colon = schemeEnd(start, end);
  const uri = colon < 0 ? undefined : scanOtherUri(text, start, colon, end, bare);
  if (uri === undefined) return badUri(start);
  found.end = start + uri.text.length;
  return found.end - start > LIMITS.uri ? new Failure("SIP_URI_TOO_LONG", "uri", start, 414) : uri;
}

/** Reads what follows "sip:" into `found` and `hostPort`. Gives -1, or the offset of what is wrong. */
function scanSip(from: number, end: number, bare: boolean): number {
  findUser(from, end, bare);
  if (found.at === from || found.colon === from) return from;
  const hostAt = found.at < from ? from : found.at + 1;
  let i = scanHostPort(hostAt, end);
  if (i < 0) return hostAt;
  found.paramsStart = i;
  if (i < end && bytes[i] === 59 && !bare) {
    i = scanParams(i, end);
    if (i < 0) return found.paramsStart;
  }
  found.paramsEnd = i;
  if (i < end && bytes[i] === 63) {
    i = bare ? -1 : scanHeaders(i, end);
    if (i < 0) return found.paramsEnd;
  }
  found.end = i;
  return -1;
}

/** Finds the "@" that ends the user part and the ":" of a password in it; `found.at` is `from - 1` when there is no user part. */
function findUser(from: number, end: number, bare: boolean): void {
  found.at = from - 1;
  found.colon = 0;
  let colon = 0;
  let i = from | 0;
  end |= 0;
  for (;;) {
    if (bare) while (i < end && bareUser[bytes[i]] === 1) i++;
    else while (i < end && user[bytes[i]] === 1) i++;
    if (i >= end) return;
    const c = bytes[i];
    if (c === 64) {
      found.at = i;
      found.colon = colon;
      return;
    }
    if (c === 58 && colon === 0) colon = i++;
    else if (c === 37 && isEscape(i, end)) i += 3;
    else return;
  }
}

/** RFC 3261 25.1 uri-parameters: every ";" is followed by a name, every "=" by a value. Offset behind them, or -1. */
function scanParams(at: number, end: number): number {
  let i = at;
  while (i < end && bytes[i] === 59) {
    const name = i + 1;
    i = skipParamText(name, end);
    if (i === name) return -1;
    if (i < end && bytes[i] === 61) {
      const value = i + 1;
      i = skipParamText(value, end);
      if (i === value) return -1;
    }
  }
  return i;
}

function skipParamText(at: number, end: number): number {
  let i = at | 0;
  end |= 0;
  for (;;) {
    while (i < end && uriParam[bytes[i]] === 1) i++;
    if (bytes[i] !== 37 || !isEscape(i, end)) return i;
    i += 3;
  }
}

/** RFC 3261 25.1 headers: "?" name "=" value, joined by "&"; a value may be empty. Offset behind them, or -1. */
function scanHeaders(at: number, end: number): number {
  let i = at;
  do {
    const name = i + 1;
    i = skipHeaderText(name, end);
    if (i === name || i >= end || bytes[i] !== 61) return -1;
    i = skipHeaderText(i + 1, end);
  } while (i < end && bytes[i] === 38);
  return i;
}

function skipHeaderText(at: number, end: number): number {
  let i = at | 0;
  end |= 0;
  for (;;) {
    while (i < end && uriHeader[bytes[i]] === 1) i++;
    if (bytes[i] !== 37 || !isEscape(i, end)) return i;
    i += 3;
  }
}

function badUri(at: number): Failure {
  return new Failure("SIP_BAD_URI", "uri", at, 400);
}
