import { canonicalIp } from "../base/index.ts";

/** A socket that a driver opens, as its file says. */
export interface Bind {
  readonly driver: "pjsip" | "chan_sip";
  readonly transport: "udp" | "tcp" | "tls" | "ws" | "wss";
  /** Canonical, without brackets; may be a wildcard. */
  readonly address: string;
  readonly port: number;
}

/** Reads "0.0.0.0", "10.0.0.1:5060", "[::]:5060", "::"; undefined when it is no address. */
export function readBind(text: string, port: number): { readonly address: string; readonly port: number } | undefined {
  const whole = canonicalIp(text.replace(/^\[([^\]]*)\]$/, "$1"));
  if (whole !== undefined) return { address: whole, port };
  const colon = text.lastIndexOf(":");
  const number = /^\d{1,5}$/.test(text.slice(colon + 1)) ? Number(text.slice(colon + 1)) : 0;
  const address = colon < 0 ? undefined : canonicalIp(text.slice(0, colon).replace(/^\[([^\]]*)\]$/, "$1"));
  return address === undefined || number < 1 || number > 65_535 ? undefined : { address, port: number };
}
