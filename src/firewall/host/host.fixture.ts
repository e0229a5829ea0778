import type { Site } from "./needs.ts";

/** A machine with SSH and nothing else, with what a test adds. */
export function siteWith(more: Partial<Site> = {}): Site {
  return {
    ssh: { ports: [22], from: [] },
    console: { ports: [], from: [] },
    listeners: [],
    sipFrom: [],
    backends: [],
    rtp: undefined,
    acme: undefined,
    peers: [],
    open: [],
    outbound: [],
    sessions: [],
    ...more,
  };
}

/** A SIP edge with a phone system behind it. */
export const EDGE: Partial<Site> = {
  listeners: [
    { protocol: "udp", address: "0.0.0.0", port: 5060, side: "public" },
    { protocol: "udp", address: "::", port: 5060, side: "public" },
    { protocol: "tcp", address: "203.0.113.1", port: 5061, side: "public" },
    { protocol: "udp", address: "", port: 5070, side: "private" },
  ],
  backends: [{ name: "asterisk-1", addresses: ["10.0.0.11"], port: 5080, protocol: "udp" }],
};
