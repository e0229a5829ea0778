import { canonicalIp, type Flow, type TransportName } from "../base/index.ts";
import type { Way } from "../proxy/index.ts";

/** Reads "udp:host:port" (IPv6 in brackets); undefined when it is none. */
export function readHop(hop: string): { transport: TransportName; host: string; port: number } | undefined {
  const parts = /^(udp|tcp|tls|ws|wss):\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5})$/.exec(hop);
  if (parts === null) return undefined;
  const host = canonicalIp(parts[2]);
  const port = Number(parts[3]);
  if (host === undefined || port === 0 || port > 65_535) return undefined;
  return { transport: parts[1] as TransportName, host, port };
}

/** A flow as a dialog's token remembers it. */
export function wayOf(flow: Flow): Way {
  return {
    transport: flow.transport,
    listener: flow.listener.index,
    host: flow.host,
    port: flow.port,
    connection: flow.reliable ? flow.id : 0,
  };
}
