import { canonicalIp, own, type TransportName } from "../../base/index.ts";
import { isDigit } from "../stamp.ts";

export interface Place {
  readonly address: string;
  /** 0 when it is not said. */
  readonly port: number;
}

/** The address that was read last: most lines about one come together. Nothing else is kept. */
let last = { text: "", address: undefined as string | undefined };

/** `canonicalIp`; it keeps no line alive, and is the same text for lines that follow each other, of which V8 then knows the hash. */
export function addressOf(text: string): string | undefined {
  if (text === last.text) return last.address;
  const address = canonicalIp(text);
  if (address !== undefined) last = { text: text === address ? address : own(text), address };
  return address;
}

/** "192.0.2.1", "192.0.2.1:5060", "2001:db8::1" or "[2001:db8::1]:5060"; undefined for anything else. */
export function readPlace(text: string): Place | undefined {
  if (text.length > 64) return undefined;
  const close = text[0] === "[" ? text.indexOf("]") : -1;
  const colon = close > 0 ? close + 1 : text.indexOf(":");
  const hasPort = close > 0 ? colon < text.length : colon >= 0 && text.indexOf(":", colon + 1) < 0;
  const host = close > 0 ? text.slice(1, close) : hasPort ? text.slice(0, colon) : text;
  const address = addressOf(host);
  if (address === undefined || (hasPort && text[colon] !== ":")) return undefined;
  const port = hasPort ? portAt(text, colon + 1) : 0;
  return port < 0 ? undefined : { address, port };
}

/** One to five digits, up to the end; -1: something else. */
function portAt(text: string, from: number): number {
  if (from === text.length || text.length - from > 5) return -1;
  let port = 0;
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (!isDigit(c)) return -1;
    port = port * 10 + c - 48;
  }
  return port;
}

const TRANSPORTS: ReadonlyMap<string, TransportName> = new Map([
  ["UDP", "udp"],
  ["TCP", "tcp"],
  ["TLS", "tls"],
  ["WS", "ws"],
  ["WSS", "wss"],
]);

/** Undefined: none that is known. */
export function readTransport(text: string): TransportName | undefined {
  return TRANSPORTS.get(text) ?? TRANSPORTS.get(text.toUpperCase());
}
