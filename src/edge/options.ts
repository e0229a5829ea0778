import { type Flow, hostPort } from "../base/index.ts";
import type { Entropy } from "../ports/index.ts";

/** A request of our own that asks a server whether it lives (RFC 3261 11). */
export function optionsText(flow: Flow, branch: string, entropy: Entropy, domain: string): string {
  const to = `sip:${hostPort(flow.host, flow.port)}${flow.transport === "udp" ? "" : `;transport=${flow.transport}`}`;
  return [
    `OPTIONS ${to} SIP/2.0`,
    `Via: SIP/2.0/${flow.transport.toUpperCase()} ${flow.sentBy};branch=${branch};rport`,
    "Max-Forwards: 70",
    `From: <sip:${domain}>;tag=${entropy.token()}`,
    `To: <${to}>`,
    `Call-ID: ${entropy.token()}`,
    "CSeq: 1 OPTIONS",
    "Content-Length: 0\r\n\r\n",
  ].join("\r\n");
}
