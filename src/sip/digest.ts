import { Failure } from "../base/index.ts";
import { load } from "./bytes.ts";
import { hexDigit, isName, type Name, nameOf, sameName, skipLws, skipToken, TABLES } from "./chars.ts";
import { isToken, quote, quotedEnd, quotedIsPlain, unquote } from "./quoted.ts";

/** What Authorization and Proxy-Authorization carry (RFC 3261 20.7, RFC 7616 3.4). Absent parts are "". */
export interface Credentials {
  /** As written; compare without case. */
  scheme: string;
  /** Unquoted; from `username*` (RFC 7616 3.4) the decoded bytes, one character each. */
  username: string;
  realm: string;
  nonce: string;
  uri: string;
  response: string;
  algorithm: string;
  cnonce: string;
  opaque: string;
  qop: string;
  nc: string;
  /** RFC 7616 3.4.4: `username` is a hash. */
  userhash: boolean;
  /** Span of this value in the text it was read from. */
  start: number;
  end: number;
}

/** What WWW-Authenticate and Proxy-Authenticate carry (RFC 7616 3.3). Absent parts are "". */
export interface Challenge {
  scheme: string;
  realm: string;
  domain: string;
  nonce: string;
  opaque: string;
  algorithm: string;
  /** The offered values as written, such as "auth,auth-int". */
  qop: string;
  stale: boolean;
  start: number;
  end: number;
}

const { bytes, lws } = TABLES;
const ALGORITHM = nameOf("algorithm");
const CNONCE = nameOf("cnonce");
const DOMAIN = nameOf("domain");
const NC = nameOf("nc");
const NONCE = nameOf("nonce");
const OPAQUE = nameOf("opaque");
const QOP = nameOf("qop");
const REALM = nameOf("realm");
const RESPONSE = nameOf("response");
const STALE = nameOf("stale");
const URI = nameOf("uri");
const USERHASH = nameOf("userhash");
const USERNAME = nameOf("username");
const USERNAME_EXT = nameOf("username*");

/** Name and value span of the last parameter `nextAuthParam` read. */
let nameStart = 0;
let nameEnd = 0;
let valueStart = 0;
let valueEnd = 0;
let valueIsPlain = false;

/**
 * Reads credentials; of schemes other than Digest only the scheme. Unknown parameters are passed over.
 * Failure: `SIP_BAD_CREDENTIALS`, also when a parameter stands twice: two readers might take different ones.
 */
export function parseCredentials(text: string, start: number, end: number): Credentials | Failure {
  load(text);
  const schemeEnd = skipToken(start, end);
  const c: Credentials = {
    scheme: "",
    username: "",
    realm: "",
    nonce: "",
    uri: "",
    response: "",
    algorithm: "",
    cnonce: "",
    opaque: "",
    qop: "",
    nc: "",
    userhash: false,
    start,
    end,
  };
  if (schemeEnd === start) return badCredentials(start);
  if (!sameName(start, schemeEnd, "digest")) {
    c.scheme = text.slice(start, schemeEnd);
    return c;
  }
  c.scheme = "Digest";
  let i = skipLws(schemeEnd, end);
  let seen = 0;
  while (i < end) {
    i = nextAuthParam(i, end);
    if (i < 0) return badCredentials(start);
    const bit = take(c, text);
    if (bit < 0 || (seen & bit) !== 0) return badCredentials(nameStart);
    seen |= bit;
  }
  return c;
}

/** Puts the last parameter where it belongs. Gives a bit for its name, 0 for an unknown one, -1 for a bad value. */
function take(c: Credentials, text: string): number {
  switch (nameEnd - nameStart) {
    case 2:
      if (!is(NC)) return 0;
      c.nc = value(text);
      return 1;
    case 3:
      if (is(URI)) {
        c.uri = value(text);
        return 2;
      }
      if (!is(QOP)) return 0;
      c.qop = value(text);
      return 4;
    case 5:
      if (is(REALM)) {
        c.realm = value(text);
        return 8;
      }
      if (!is(NONCE)) return 0;
      c.nonce = value(text);
      return 16;
    case 6:
      if (is(CNONCE)) {
        c.cnonce = value(text);
        return 32;
      }
      if (!is(OPAQUE)) return 0;
      c.opaque = value(text);
      return 64;
    case 8:
      return takeEight(c, text);
    case 9:
      return takeNine(c, text);
    default:
      return 0;
  }
}

function takeEight(c: Credentials, text: string): number {
  if (is(RESPONSE)) {
    c.response = value(text);
    return 128;
  }
  if (is(USERNAME)) {
    c.username = value(text);
    return 256;
  }
  if (!is(USERHASH)) return 0;
  c.userhash = sameName(valueStart, valueEnd, "true");
  return 512;
}

function takeNine(c: Credentials, text: string): number {
  if (is(ALGORITHM)) {
    c.algorithm = value(text);
    return 1024;
  }
  if (!is(USERNAME_EXT)) return 0;
  const decoded = decodeExtended(value(text));
  if (decoded === undefined) return -1;
  c.username = decoded;
  return 256;
}

/**
 * Reads a challenge; of schemes other than Digest only the scheme.
 * Failure: `SIP_BAD_CHALLENGE`.
 */
export function parseChallenge(text: string, start: number, end: number): Challenge | Failure {
  load(text);
  const schemeEnd = skipToken(start, end);
  const c: Challenge = {
    scheme: text.slice(start, schemeEnd),
    realm: "",
    domain: "",
    nonce: "",
    opaque: "",
    algorithm: "",
    qop: "",
    stale: false,
    start,
    end,
  };
  if (schemeEnd === start) return badChallenge(start);
  if (!sameName(start, schemeEnd, "digest")) return c;
  let i = skipLws(schemeEnd, end);
  while (i < end) {
    i = nextAuthParam(i, end);
    if (i < 0) return badChallenge(start);
    if (is(REALM)) c.realm = value(text);
    else if (is(DOMAIN)) c.domain = value(text);
    else if (is(NONCE)) c.nonce = value(text);
    else if (is(OPAQUE)) c.opaque = value(text);
    else if (is(ALGORITHM)) c.algorithm = value(text);
    else if (is(QOP)) c.qop = value(text);
    else if (is(STALE)) c.stale = value(text).toLowerCase() === "true";
  }
  return c;
}

export function printCredentials(c: Credentials): string {
  const parts: string[] = [];
  if (c.username !== "") parts.push(`username=${quote(c.username)}`);
  if (c.realm !== "") parts.push(`realm=${quote(c.realm)}`);
  if (c.nonce !== "") parts.push(`nonce=${quote(c.nonce)}`);
  if (c.uri !== "") parts.push(`uri=${quote(c.uri)}`);
  if (c.response !== "") parts.push(`response=${quote(c.response)}`);
  if (c.algorithm !== "") parts.push(`algorithm=${tokenOrQuoted(c.algorithm)}`);
  if (c.cnonce !== "") parts.push(`cnonce=${quote(c.cnonce)}`);
  if (c.opaque !== "") parts.push(`opaque=${quote(c.opaque)}`);
  if (c.qop !== "") parts.push(`qop=${tokenOrQuoted(c.qop)}`);
  if (c.nc !== "") parts.push(`nc=${tokenOrQuoted(c.nc)}`);
  if (c.userhash) parts.push("userhash=true");
  return parts.length === 0 ? c.scheme : `${c.scheme} ${parts.join(", ")}`;
}

export function printChallenge(c: Challenge): string {
  const parts: string[] = [];
  if (c.realm !== "") parts.push(`realm=${quote(c.realm)}`);
  if (c.domain !== "") parts.push(`domain=${quote(c.domain)}`);
  if (c.nonce !== "") parts.push(`nonce=${quote(c.nonce)}`);
  if (c.opaque !== "") parts.push(`opaque=${quote(c.opaque)}`);
  if (c.algorithm !== "") parts.push(`algorithm=${tokenOrQuoted(c.algorithm)}`);
  if (c.qop !== "") parts.push(`qop=${quote(c.qop)}`);
  if (c.stale) parts.push("stale=true");
  return parts.length === 0 ? c.scheme : `${c.scheme} ${parts.join(", ")}`;
}

/** Reads `name = token | quoted-string` at `at`. Gives the offset behind it, its comma and white space; -1 when malformed. */
function nextAuthParam(at: number, end: number): number {
  nameStart = at;
  nameEnd = skipToken(at, end);
  if (nameEnd === at) return -1;
  let i = skipSpace(nameEnd, end);
  if (i >= end || bytes[i] !== 61) return -1;
  i = skipSpace(i + 1, end);
  valueStart = i;
  if (i < end && bytes[i] === 34) i = quotedEnd(i, end);
  else while (i < end && isBareValue(bytes[i])) i++;
  if (i < 0 || i === valueStart) return -1;
  valueEnd = i;
  valueIsPlain = quotedIsPlain;
  i = skipSpace(i, end);
  if (i >= end) return i;
  if (bytes[i] !== 44) return -1;
  i = skipSpace(i + 1, end);
  return i < end ? i : -1;
}

/** Values that should be quoted are sent bare by some; anything but white space, comma and quote is taken. */
function isBareValue(c: number): boolean {
  return c > 32 && c !== 44 && c !== 34;
}

function skipSpace(at: number, end: number): number {
  return at < end && lws[bytes[at]] === 1 ? skipLws(at, end) : at;
}

function is(name: Name): boolean {
  return isName(nameStart, nameEnd, name);
}

function value(text: string): string {
  if (bytes[valueStart] !== 34) return text.slice(valueStart, valueEnd);
  return valueIsPlain ? text.slice(valueStart + 1, valueEnd - 1) : unquote(text, valueStart, valueEnd);
}

/** RFC 5987 3.2: charset "'" [language] "'" percent-encoded; UTF-8 only. The bytes, one character each. */
function decodeExtended(raw: string): string | undefined {
  const match = /^utf-8'[^']*'((?:%[0-9a-f]{2}|[^%'"])*)$/i.exec(raw);
  if (match === null) return undefined;
  return (match[1] as string).replace(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(hexDigit(hex.charCodeAt(0)) * 16 + hexDigit(hex.charCodeAt(1))),
  );
}

function tokenOrQuoted(text: string): string {
  return isToken(text) ? text : quote(text);
}

function badCredentials(at: number): Failure {
  return new Failure("SIP_BAD_CREDENTIALS", "header/authorization", at, 400);
}

function badChallenge(at: number): Failure {
  return new Failure("SIP_BAD_CHALLENGE", "header/www-authenticate", at, 400);
}
