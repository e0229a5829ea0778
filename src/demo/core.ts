import { randomBytes } from "node:crypto";
import type { Clients } from "./client.ts";
import type { Dialog } from "./dialog.ts";
import type { Keyring } from "./keyring.ts";
import type { Wire } from "./wire.ts";

/** What all parts of one phone share. */
export interface Core {
  readonly name: string;
  /** "user@domain". */
  readonly user: string;
  readonly domain: string;
  /** URI text that others reach this phone by. */
  readonly contact: string;
  readonly wire: Wire;
  /** A session description to send instead of its own; empty for that. */
  readonly session: string;
  readonly clients: Clients;
  readonly keyring: Keyring;
  /** Calls this phone has made, by Call-ID. */
  readonly placed: Map<string, Placed>;
}

/** What becomes of a call that this phone made. */
export interface Placed {
  /** Our end, once it was answered. */
  dialog: Dialog | undefined;
  /** The other side hung up. */
  over: boolean;
}

/** What a request says; the rest (Via, CSeq number, credentials) is filled in when it is sent. */
export interface Draft {
  readonly method: string;
  readonly uri: string;
  /** Whole header values, with their tags. */
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly routes: readonly string[];
  /** Further header lines, each ended by CRLF. Content-Type is added unless it is among them. */
  readonly headers: string;
  readonly body: string;
  /** The next CSeq number of this call or registration. */
  readonly nextCseq: () => number;
}

/** RFC 3261 8.1.1.7: a branch that no other request has. */
export function newBranch(): string {
  return `z9hG4bK${randomToken()}`;
}

/** 80 random bits in hex, for tags, branches and Call-IDs. */
export function randomToken(): string {
  return randomBytes(10).toString("hex");
}

/** The text of a request. `credentials` are whole header lines. */
export function printRequest(core: Core, d: Draft, branch: string, cseq: number, credentials: string): string {
  const via = `SIP/2.0/${core.wire.transport.toUpperCase()} ${core.wire.sentBy};branch=${branch};rport`;
  const routes = d.routes.map((r) => `Route: ${r}\r\n`).join("");
  const said = d.body === "" || /^Content-Type:/im.test(d.headers);
  const type = said ? "" : `Content-Type: ${d.method === "MESSAGE" ? "text/plain" : "application/sdp"}\r\n`;
  return (
    `${d.method} ${d.uri} SIP/2.0\r\nVia: ${via}\r\n${routes}Max-Forwards: 70\r\nFrom: ${d.from}\r\nTo: ${d.to}\r\n` +
    `Call-ID: ${d.callId}\r\nCSeq: ${cseq} ${d.method}\r\n${credentials}${d.headers}${type}` +
    `Content-Length: ${d.body.length}\r\n\r\n${d.body}`
  );
}

/** A session description that offers or answers one audio stream; nothing in Rempart reads it. */
export function sdp(core: Core): string {
  if (core.session !== "") return core.session;
  const { host } = core.wire.local;
  const net = host.includes(":") ? "IP6" : "IP4";
  return (
    `v=0\r\no=${core.name} 1 1 IN ${net} ${host}\r\ns=-\r\nc=IN ${net} ${host}\r\nt=0 0\r\n` +
    "m=audio 40000 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
  );
}
