import { randomBytes } from "node:crypto";
import { hostPort, type TransportName } from "../base/index.ts";

/** What a request says; what is left out is filled in. */
export interface Draft {
  readonly method: string;
  readonly uri: string;
  /** Whole values, tags included. */
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly branch?: string;
  /** Further header lines, each ended by CRLF. */
  readonly headers?: string;
  readonly body?: string;
}

/** A request as it goes out. */
export interface Printed {
  readonly text: string;
  readonly method: string;
  readonly uri: string;
  readonly callId: string;
  readonly branch: string;
  readonly from: string;
  readonly to: string;
  readonly cseq: number;
  readonly routes: string;
}

/** Our end, for Via and Contact. */
export interface Here {
  readonly transport: TransportName;
  readonly local: { readonly host: string; readonly port: number };
}

/** Says who sends this: whoever finds it in a log shall know. */
export const AGENT = "rempart-probe";

/** 80 random bits in hex. */
export function token(): string {
  return randomBytes(10).toString("hex");
}

/** "host:port" of our end. */
export function sentBy(here: Here): string {
  return hostPort(here.local.host, here.local.port);
}

/** Our Contact, without brackets. */
export function contactOf(here: Here, user = AGENT): string {
  const transport =
    here.transport === "udp" ? "" : `;transport=${here.transport.startsWith("ws") ? "ws" : here.transport}`;
  return `sip:${user}@${sentBy(here)}${transport}`;
}

/** The text of a request. */
export function print(here: Here, d: Draft): Printed {
  const branch = d.branch ?? `z9hG4bK${token()}`;
  const callId = d.callId ?? token();
  const cseq = d.cseq ?? 1;
  const from = d.from ?? `<sip:${AGENT}@${sentBy(here)}>;tag=${token()}`;
  const to = d.to ?? `<${d.uri}>`;
  const headers = d.headers ?? "";
  const body = d.body ?? "";
  const type = body === "" || /^Content-Type:/im.test(headers) ? "" : "Content-Type: application/sdp\r\n";
  const text =
    `${d.method} ${d.uri} SIP/2.0\r\nVia: SIP/2.0/${here.transport.toUpperCase()} ${sentBy(here)};branch=${branch};rport\r\n` +
    `Max-Forwards: 70\r\nFrom: ${from}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${d.method}\r\n` +
    `${/^User-Agent:/im.test(headers) ? "" : `User-Agent: ${AGENT}\r\n`}${headers}${type}Content-Length: ${body.length}\r\n\r\n${body}`;
  const routes = (headers.match(/^Route: .*\r\n/gim) ?? []).join("");
  return { text, method: d.method, uri: d.uri, callId, branch, from, to, cseq, routes };
}

/** RFC 3261 9.1, 17.1.1.3: CANCEL and the ACK of a refusal have what their INVITE has; `to` is that of the answer. */
export function follow(here: Here, invite: Printed, method: "CANCEL" | "ACK", to = invite.to): Printed {
  const { uri, from, callId, branch, cseq, routes } = invite;
  return print(here, { method, uri, from, to, callId, branch, cseq, headers: routes });
}

/** A session that offers one audio stream at `port` and, unless sound is wanted, promises to send none. */
export function offer(here: Here, port = 9, direction = "inactive"): string {
  const { host } = here.local;
  const net = host.includes(":") ? "IP6" : "IP4";
  return (
    `v=0\r\no=- 1 1 IN ${net} ${host}\r\ns=-\r\nc=IN ${net} ${host}\r\nt=0 0\r\n` +
    `m=audio ${port} RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=${direction}\r\n`
  );
}
