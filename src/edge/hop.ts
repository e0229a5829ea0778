import { canonicalIp, type Flow, type TransportName } from "../base/index.ts";
import type { Way } from "../proxy/index.ts";

/** Where a message goes next: as `Network.way` wants it. */
export interface Hop {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
  /** Index of our listener, -1 for any. */
  readonly listener: number;
}

/** Reads "udp:host:port" (IPv6 in brackets), or "udp:host:port#listener"; undefined when it is none. */
export function readHop(hop: string): Hop | undefined {
  const parts = /^(udp|tcp|tls|ws|wss):\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5})(?:#(\d{1,4}))?$/.exec(hop);
  if (parts === null) return undefined;
  const host = canonicalIp(parts[2]);
  const port = Number(parts[3]);
  if (host === undefined || port === 0 || port > 65_535) return undefined;
  return { transport: parts[1] as TransportName, host, port, listener: parts[4] === undefined ? -1 : Number(parts[4]) };
}

/** A flow as a dialog's token remembers it; `holder` stands for who is registered over it. */
export function wayOf(flow: Flow, holder = ""): Way {
  return {
    transport: flow.transport,
    listener: flow.listener.index,
    host: flow.host,
    port: flow.port,
    connection: flow.reliable ? flow.id : 0,
    holder,
  };
}
