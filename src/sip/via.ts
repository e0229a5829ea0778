import { Failure } from "../base/index.ts";
import { CLASS, LWS, readNumber, sameName, skipClass, skipLws, TOKEN } from "./chars.ts";
import { nextParam, param } from "./params.ts";
import { hostPortNumber, hostText, scanHostPort, scanPort } from "./uri.ts";

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
  /** As written, "" for none. RFC 5118 4.5: may come in brackets; they are taken off. */
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

/**
 * Reads one Via value at `start`; it ends at `end` or at a ",".
 * Failure: `SIP_BAD_VIA`, reply 400.
 */
export function parseVia(text: string, start: number, end: number): Via | Failure {
  const from = skipLws(text, start, end);
  let i = protocolEnd(text, from, end);
  if (i < 0) return badVia(from);
  const transportAt = i;
  i = skipClass(text, i, end, TOKEN);
  const transport = transportName(text, transportAt, i);
  const gap = skipLws(text, i, end);
  if (i === transportAt || gap === i) return badVia(i);
  const hostAt = gap;
  i = scanHostPort(text, hostAt, end);
  if (i < 0) return badVia(hostAt);
  const host = hostText;
  let sentBy = text.slice(hostAt, i);
  let stop = i;
  if (i < end && (CLASS[text.charCodeAt(i)] & LWS) !== 0) {
    i = skipLws(text, i, end);
    // RFC 3261 25.1: sent-by is host [COLON port], and COLON may stand in white space.
    if (i < end && text.charCodeAt(i) === 58 && hostPortNumber === 0) {
      i = scanPort(text, skipLws(text, i + 1, end), end);
      if (i < 0) return badVia(stop);
      sentBy = `${sentBy}:${hostPortNumber}`;
      stop = i;
      i = skipLws(text, i, end);
    }
  }
  return scanParams(text, from, i, stop, end, transport, host, hostPortNumber, sentBy);
}

function scanParams(
  text: string,
  start: number,
  at: number,
  stop: number,
  end: number,
  transport: string,
  host: string,
  port: number,
  sentBy: string,
): Via | Failure {
  let branch = "";
  let received = "";
  let maddr = "";
  let rport = -1;
  while (at < end && text.charCodeAt(at) === 59) {
    const semicolon = at;
    at = nextParam(text, at, end);
    if (at < 0) return badVia(semicolon);
    stop = param.valueEnd < 0 ? param.nameEnd : param.valueEnd;
    const name = param.nameStart;
    const length = param.nameEnd - name;
    if (length === 6 && sameName(text, name, param.nameEnd, "branch")) {
      if (branch !== "" || param.quoted || param.valueStart < 0) return badVia(semicolon);
      branch = text.slice(param.valueStart, param.valueEnd);
    } else if (length === 5 && sameName(text, name, param.nameEnd, "rport")) {
      rport = param.valueStart < 0 ? 0 : readNumber(text, param.valueStart, param.valueEnd, 65_535);
      if (rport < 0) return badVia(semicolon);
    } else if (length === 8 && sameName(text, name, param.nameEnd, "received")) {
      if (param.valueStart < 0) return badVia(semicolon);
      received = withoutBrackets(text, param.valueStart, param.valueEnd);
    } else if (length === 5 && sameName(text, name, param.nameEnd, "maddr")) {
      if (param.valueStart < 0) return badVia(semicolon);
      maddr = withoutBrackets(text, param.valueStart, param.valueEnd);
    }
  }
  if (at < end && text.charCodeAt(at) !== 44) return badVia(at);
  return { transport, host, port, branch, received, rport, maddr, sentBy, start, end: stop };
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
function protocolEnd(text: string, at: number, end: number): number {
  if (at + 8 > end || !sameName(text, at, at + 3, "sip")) return -1;
  let i = slash(text, at + 3, end);
  if (
    i < 0 ||
    i + 3 > end ||
    text.charCodeAt(i) !== 50 ||
    text.charCodeAt(i + 1) !== 46 ||
    text.charCodeAt(i + 2) !== 48
  )
    return -1;
  i = slash(text, i + 3, end);
  return i;
}

function slash(text: string, at: number, end: number): number {
  let i = at;
  if (i < end && text.charCodeAt(i) !== 47) i = skipLws(text, i, end);
  if (i >= end || text.charCodeAt(i) !== 47) return -1;
  i++;
  return i < end && (CLASS[text.charCodeAt(i)] & LWS) !== 0 ? skipLws(text, i, end) : i;
}

function transportName(text: string, start: number, end: number): string {
  if (end - start === 3) {
    if (sameName(text, start, end, "udp")) return "UDP";
    if (sameName(text, start, end, "tcp")) return "TCP";
    if (sameName(text, start, end, "tls")) return "TLS";
  }
  return text.slice(start, end).toUpperCase();
}

function withoutBrackets(text: string, start: number, end: number): string {
  return text.charCodeAt(start) === 91 && text.charCodeAt(end - 1) === 93
    ? text.slice(start + 1, end - 1)
    : text.slice(start, end);
}

function badVia(at: number): Failure {
  return new Failure("SIP_BAD_VIA", "header/via", at, 400);
}
