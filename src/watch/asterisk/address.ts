import { canonicalIp, type TransportName } from "../../base/index.ts";

export interface Place {
  readonly address: string;
  /** 0 when it is not said. */
  readonly port: number;
}

const PORT = /^\d{1,5}$/;

/** "192.0.2.1", "192.0.2.1:5060", "2001:db8::1" or "[2001:db8::1]:5060"; undefined for anything else. */
export function readPlace(text: string): Place | undefined {
  if (text.length > 64) return undefined;
  const close = text[0] === "[" ? text.indexOf("]") : -1;
  const colon = close > 0 ? close + 1 : text.indexOf(":");
  const hasPort = close > 0 ? colon < text.length : colon >= 0 && text.indexOf(":", colon + 1) < 0;
  const host = close > 0 ? text.slice(1, close) : hasPort ? text.slice(0, colon) : text;
  const address = canonicalIp(host);
  const port = hasPort ? text.slice(colon + 1) : "0";
  if (address === undefined || !PORT.test(port) || (hasPort && text[colon] !== ":")) return undefined;
  return { address, port: Number(port) };
}

const TRANSPORTS: Readonly<Record<string, TransportName>> = {
  UDP: "udp",
  TCP: "tcp",
  TLS: "tls",
  WS: "ws",
  WSS: "wss",
};

/** Undefined: none that is known. */
export function readTransport(text: string): TransportName | undefined {
  return Object.hasOwn(TRANSPORTS, text.toUpperCase()) ? TRANSPORTS[text.toUpperCase()] : undefined;
}
