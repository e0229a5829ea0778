import assert from "node:assert/strict";
import { isFailure } from "../base/index.ts";
import { check } from "./check.ts";
import type { Message } from "./message.ts";
import { parseMessage } from "./scan.ts";

const START = "INVITE sip:bob@example.com SIP/2.0";
const LINES = {
  Via: "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds;rport",
  "Max-Forwards": "70",
  From: '"Alice" <sip:alice@example.com>;tag=1928301774',
  To: "<sip:bob@example.com>",
  "Call-ID": "a84b4c76e66710@192.0.2.1",
  CSeq: "314159 INVITE",
  Contact: "<sip:alice@192.0.2.1:5060>",
};

/** Text of a sound INVITE; `changes` replaces a header's value, "" leaves it out, other names are added. */
export function inviteText(changes: Record<string, string> = {}, start = START, body = ""): string {
  const lines = Object.entries({ ...LINES, "Content-Length": String(body.length), ...changes });
  const headers = lines.filter(([, value]) => value !== "").map(([name, value]) => `${name}: ${value}\r\n`);
  return `${start}\r\n${headers.join("")}\r\n${body}`;
}

/** The message of a text that has a start line. */
export function read(text: string): Message {
  const m = parseMessage(text);
  assert.ok(!isFailure(m), `no message: ${text.slice(0, 60)}`);
  return m;
}

/** The code `check` gives for a text: "ok" when it has nothing to say. */
export function verdict(text: string): string {
  const m = parseMessage(text);
  if (isFailure(m)) return m.code;
  return check(m)?.code ?? "ok";
}

/** The value, or the code of the Failure it is. */
export function codeOr<T>(value: T): T | string {
  return isFailure(value) ? value.code : value;
}
