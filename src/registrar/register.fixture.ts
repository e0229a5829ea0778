import assert from "node:assert/strict";
import { type Flow, isFailure, type TransportName } from "../base/index.ts";
import { check, type Message, parseMessage } from "../sip/index.ts";
import { Location } from "./location.ts";
import type { RegistrarBounds } from "./plan.ts";
import { type Registration, register } from "./register.ts";

export const NOW = 1_790_000_000_000;
export const AOR = "anna@example.org";
export const BOUNDS: RegistrarBounds = { minExpires: 60, maxExpires: 3_600, defaultExpires: 3_600, maxContacts: 3 };

let flows = 0;

/** A way to a peer, as a transport would make it. `open` may be changed. */
export function flowFrom(host: string, port: number, transport: TransportName = "udp"): Flow & { open: boolean } {
  flows++;
  const family = host.includes(":") ? 6 : 4;
  return {
    id: flows,
    transport,
    reliable: transport !== "udp",
    listener: { index: 0, transport, family, address: "192.0.2.1", port: 5060, advertise: "", side: "public" },
    family,
    host,
    port,
    sentBy: "192.0.2.1:5060",
    open: true,
  };
}

/** A REGISTER with these header lines beside the usual ones. */
export function registerMessage(headers: readonly string[], callId = "one", cseq = 1): Message {
  const lines = [
    "REGISTER sip:example.org SIP/2.0",
    ...(headers.some((h) => h.startsWith("Via:")) ? [] : ["Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKx"]),
    "Max-Forwards: 70",
    "From: <sip:anna@example.org>;tag=f",
    "To: <sip:anna@example.org>",
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    ...headers,
    "Content-Length: 0",
  ];
  const m = parseMessage(`${lines.join("\r\n")}\r\n\r\n`);
  assert.ok(!isFailure(m));
  return m;
}

/** A registrar with one phone's flow, for stories: each `send` is a REGISTER `seconds` after NOW. */
export function office(bounds: RegistrarBounds = BOUNDS) {
  const location = new Location();
  const flow = flowFrom("203.0.113.9", 5060);
  const send = (
    headers: readonly string[],
    o: { callId?: string; cseq?: number; seconds?: number; flow?: Flow; aor?: string } = {},
  ): Registration => {
    const m = registerMessage(headers, o.callId ?? "one", o.cseq ?? 1);
    assert.equal(check(m), undefined);
    return register(location, m, o.aor ?? AOR, o.flow ?? flow, NOW + 1_000 * (o.seconds ?? 0), bounds);
  };
  return { location, flow, send };
}

/** Header values of one name in an answer. */
export function values(r: Registration, name: string): string[] {
  const lines = r.headers.split("\r\n").filter((line) => line.startsWith(`${name}: `));
  return lines.map((line) => line.slice(name.length + 2));
}

/** Changes as "put URI" and "remove URI". */
export function changesOf(r: Registration): string[] {
  return r.changed.map((c) => `${c.kind} ${c.binding.contact}`);
}
