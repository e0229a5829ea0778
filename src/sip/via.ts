import { Failure } from "../base/index.ts";
import { load } from "./bytes.ts";
import { isName, nameOf, readNumber, sameName, skipLws, skipToken, TABLES } from "./chars.ts";
import { HOST_PORT, scanHostPort, scanPort } from "./hostport.ts";
import { nextParam, PARAM } from "./params.ts";

const { bytes, lws } = TABLES;
const hostPort = HOST_PORT;
const param = PARAM;
const BRANCH = nameOf("branch");
const RPORT = nameOf("rport");
const MADDR = nameOf("maddr");
const RECEIVED = nameOf("received");

/** One Via value (RFC 3261 20.42, RFC 3581). */
export interface Via {
  /** Upper case: "UDP", "TCP", "TLS", "WS" ... */
  readonly transport: string;
  /** Lower case, IPv6 without brackets. */
  readonly host: string;
  /** 0 for none. */
  readonly port: number;
  /** "" for none. */
  readonly branch: string;
  /** "" for none. RFC 5118 4.5: may come in brackets; they are taken off. */
  readonly received: string;
  /** -1 when absent, 0 when present without a value. */
  readonly rport: number;
  readonly maddr: string;
  /** "host[:port]" as written, without white space. */
  readonly sentBy: string;
  /** Span of this value in the text it was read from. */
  readonly start: number;
  readonly end: number;
}

/** A Via as offsets into the text it stands in; its parts are cut out when asked for. */
class SpanVia implements Via {
  private readonly source: string;
  private readonly transportStart: number;
  private readonly transportEnd: number;
  private readonly hostStart: number;
  private readonly hostEnd: number;
  readonly port: number;
  private readonly branchStart: number;
  private readonly branchEnd: number;
  private readonly receivedStart: number;
  private readonly receivedEnd: number;
  readonly rport: number;
  private readonly rportStart: number;
  private readonly rportEnd: number;
  private readonly maddrStart: number;
  private readonly maddrEnd: number;
  private readonly sentByEnd: number;
  readonly start: number;
  readonly end: number;

  constructor(source: string, start: number) {
    this.source = source;
    this.transportStart = found.transportStart;
    this.transportEnd = found.transportEnd;
    this.hostStart = hostPort.start;
    this.hostEnd = hostPort.end;
    this.port = hostPort.port;
    this.branchStart = found.branchStart;
    this.branchEnd = found.branchEnd;
    this.receivedStart = found.receivedStart;
    this.receivedEnd = found.receivedEnd;
    this.rport = found.rport;
    this.rportStart = found.rportStart;
    this.rportEnd = found.rportEnd;
    this.maddrStart = found.maddrStart;
    this.maddrEnd = found.maddrEnd;
    this.sentByEnd = found.sentByEnd;
    this.start = start;
    this.end = found.end;
  }
  get transport(): string {
    return transportName(this.source.slice(this.transportStart, this.transportEnd));
  }
  get host(): string {
    return this.source.slice(this.hostStart, this.hostEnd).toLowerCase();
  }
  get branch(): string {
    return this.source.slice(this.branchStart, this.branchEnd);
  }
  get received(): string {
    return withoutBrackets(this.source.slice(this.receivedStart, this.receivedEnd));
  }
  get maddr(): string {
    return withoutBrackets(this.source.slice(this.maddrStart, this.maddrEnd));
  }
  withRport(text: string): string {
    if (this.rport < 0 || this.receivedEnd !== 0) return "";
    return this.source.slice(this.start, this.rportStart) + text + this.source.slice(this.rportEnd, this.end);
  }
  get sentBy(): string {
    const from = this.source.charCodeAt(this.hostStart - 1) === 91 ? this.hostStart - 1 : this.hostStart;
    const raw = this.source.slice(from, this.sentByEnd);
    // RFC 3261 25.1: the colon may stand in white space.
    return this.port !== 0 && raw.includes(" ") ? raw.replace(/[ \t\r\n]+/g, "") : raw;
  }
}

/**
 * The text of a Via with its rport parameter written anew as `text`, in its place. "" when it has none, or a received beside it.
 */
export function withRport(via: Via, text: string): string {
  return via instanceof SpanVia ? via.withRport(text) : "";
}

/** What the last scan found. */
const found = {
  transportStart: 0,
  transportEnd: 0,
  sentByEnd: 0,
  branchStart: 0,
  branchEnd: 0,
  receivedStart: 0,
  receivedEnd: 0,
  maddrStart: 0,
  maddrEnd: 0,
  rport: -1,
  rportStart: 0,
  rportEnd: 0,
  end: 0,
  cookieOnly: false,
};

/**
 * Reads one Via value at `start`; it ends at `end` or at a ",".
 * Failure: `SIP_BAD_VIA`, reply 400.
 */
export function parseVia(text: string, start: number, end: number): Via | Failure {
  load(text);
  return readVia(text, start, end);
}

/** `parseVia` for a text that is loaded. */
export function readVia(text: string, start: number, end: number): Via | Failure {
  const from = skipLws(start, end);
  let i = protocolEnd(from, end);
  if (i < 0) return badVia(from);
  found.transportStart = i;
  i = skipToken(i, end);
  found.transportEnd = i;
  const hostAt = skipLws(i, end);
  if (i === found.transportStart || hostAt === i) return badVia(i);
  i = scanHostPort(hostAt, end);
  if (i < 0) return badVia(hostAt);
  found.sentByEnd = i;
  if (i < end && lws[bytes[i]] === 1) {
    i = skipLws(i, end);
    // RFC 3261 25.1: sent-by is host [COLON port], and COLON may stand in white space.
    if (i < end && bytes[i] === 58 && hostPort.port === 0) {
      i = scanPort(skipLws(i + 1, end), end);
      if (i < 0) return badVia(hostAt);
      found.sentByEnd = i;
      i = skipLws(i, end);
    }
  }
  const bad = scanViaParams(i, end);
  return bad < 0 ? new SpanVia(text, from) : badVia(bad);
}

/** True when the branch of the Via read last is the magic cookie and nothing more (RFC 4475 3.2.1). */
export function wasCookieOnly(): boolean {
  return found.cookieOnly;
}

/** Walks over the parameters into `found`. Gives -1, or the offset of what is wrong. */
function scanViaParams(at: number, end: number): number {
  found.end = found.sentByEnd;
  found.branchStart = 0;
  found.branchEnd = 0;
  found.receivedStart = 0;
  found.receivedEnd = 0;
  found.maddrStart = 0;
  found.maddrEnd = 0;
  found.rport = -1;
  found.cookieOnly = false;
  while (at < end && bytes[at] === 59) {
    const semicolon = at;
    at = nextParam(at, end);
    if (at < 0 || !takeParam()) return semicolon;
    found.end = param.end;
  }
  return at < end && bytes[at] !== 44 ? at : -1;
}

/** Notes the last parameter; false when its value is not what its name asks for. */
function takeParam(): boolean {
  const start = param.valueStart;
  switch (param.nameEnd - param.nameStart) {
    case 6:
      if (!isName(param.nameStart, param.nameEnd, BRANCH)) return true;
      // RFC 3261 7.3.1: no parameter may stand twice; two readers might take different branches.
      if (start < 0 || param.quoted || found.branchEnd !== 0) return false;
      found.cookieOnly = param.valueEnd - start === 7 && sameName(start, param.valueEnd, "z9hg4bk");
      found.branchStart = start;
      found.branchEnd = param.valueEnd;
      return true;
    case 5:
      if (isName(param.nameStart, param.nameEnd, RPORT)) {
        if (found.rport >= 0) return false;
        found.rport = start < 0 ? 0 : readNumber(start, param.valueEnd, 65_535);
        found.rportStart = param.nameStart;
        found.rportEnd = param.end;
        return found.rport >= 0;
      }
      if (!isName(param.nameStart, param.nameEnd, MADDR)) return true;
      if (found.maddrEnd !== 0) return false;
      found.maddrStart = start;
      found.maddrEnd = param.valueEnd;
      return start >= 0;
    case 8:
      if (!isName(param.nameStart, param.nameEnd, RECEIVED)) return true;
      if (found.receivedEnd !== 0) return false;
      found.receivedStart = start;
      found.receivedEnd = param.valueEnd;
      return start >= 0;
    default:
      return true;
  }
}

/** Writes a Via value from its parts; parameters that Via does not name are lost. */
export function printVia(v: Via): string {
  let out = `SIP/2.0/${v.transport} ${v.sentBy}`;
  if (v.maddr !== "") out += `;maddr=${v.maddr.includes(":") ? `[${v.maddr}]` : v.maddr}`;
  if (v.received !== "") out += `;received=${v.received}`;
  if (v.rport >= 0) out += v.rport === 0 ? ";rport" : `;rport=${v.rport}`;
  return v.branch === "" ? out : `${out};branch=${v.branch}`;
}

/** Offset of the transport behind "SIP" SLASH "2.0" SLASH, where SLASH may stand in white space; -1 when it is something else. */
function protocolEnd(at: number, end: number): number {
  if (at + 8 > end || !isSip(at)) return -1;
  const i = slash(at + 3, end);
  if (i < 0 || i + 3 > end || bytes[i] !== 50 || bytes[i + 1] !== 46 || bytes[i + 2] !== 48) return -1;
  return slash(i + 3, end);
}

/** "SIP" in any case. */
function isSip(at: number): boolean {
  return (bytes[at] | 32) === 115 && (bytes[at + 1] | 32) === 105 && (bytes[at + 2] | 32) === 112;
}

function slash(at: number, end: number): number {
  let i = bytes[at] === 47 ? at : skipLws(at, end);
  if (i >= end || bytes[i] !== 47) return -1;
  i++;
  return lws[bytes[i]] === 1 ? skipLws(i, end) : i;
}

/** Upper case; the usual ones as the same interned string each time. */
function transportName(written: string): string {
  if (written === "UDP") return "UDP";
  if (written === "TCP") return "TCP";
  if (written === "TLS") return "TLS";
  return written.toUpperCase();
}

function withoutBrackets(text: string): string {
  return text.charCodeAt(0) === 91 && text.endsWith("]") ? text.slice(1, -1) : text;
}

function badVia(at: number): Failure {
  return new Failure("SIP_BAD_VIA", "header/via", at, 400);
}
