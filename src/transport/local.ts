import { networkInterfaces } from "node:os";
import { formatIp, hostPort, type Ip, type Listener, parseIp } from "../base/index.ts";

/** An address of one of our interfaces. */
interface OwnAddress {
  readonly ip: Ip;
  readonly prefix: number;
  readonly internal: boolean;
}

const CACHE_MS = 5_000;
let cached: OwnAddress[] = [];
let readAt = Number.NEGATIVE_INFINITY;

/** True for 0.0.0.0 and ::. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/**
 * How a peer at `host` should see us, as "host:port": the advertised address, else the bound one, else `local` (where its
 * packets arrive; "" when not known), else the address of ours that is nearest to it.
 */
export function sentByFor(listener: Listener, host: string, local: string): string {
  const own = listener.advertise || (isWildcard(listener.address) ? local || nearest(host) : listener.address);
  // An advertised name may bring its own port (a port forwarding).
  if (/^(\[.*\]|[^:]*):\d+$/.test(own)) return own;
  return hostPort(own.startsWith("[") ? own.slice(1, -1) : own, listener.port);
}

/** Our address that a packet to `host` most likely leaves from; the peer's own for a loopback peer. */
export function nearest(host: string): string {
  const peer = parseIp(host);
  if (!peer) return host;
  return nearestOf(peer, ownAddresses());
}

/** The choice behind `nearest`: loopback for loopback, the longest matching subnet, the first external address. */
export function nearestOf(peer: Ip, own: readonly OwnAddress[]): string {
  const fits = own.filter((o) => o.ip.family === peer.family);
  let best: OwnAddress | undefined;
  for (const o of fits) {
    if (sharedBits(o.ip, peer) >= o.prefix && (!best || o.prefix > best.prefix)) best = o;
  }
  best ??= fits.find((o) => !o.internal && !isLinkLocal(o.ip)) ?? fits.find((o) => !o.internal) ?? fits[0];
  return best ? formatIp(best.ip) : peer.family === 4 ? "127.0.0.1" : "::1";
}

function ownAddresses(): readonly OwnAddress[] {
  const now = performance.now();
  if (now - readAt < CACHE_MS) return cached;
  readAt = now;
  cached = [];
  for (const list of Object.values(networkInterfaces())) {
    for (const entry of list ?? []) {
      const ip = parseIp(entry.address);
      if (ip) cached.push({ ip, prefix: Number(entry.cidr?.split("/")[1] ?? 128), internal: entry.internal });
    }
  }
  return cached;
}

function isLinkLocal(ip: Ip): boolean {
  return ip.family === 6
    ? ip.bytes[0] === 0xfe && (ip.bytes[1] & 0xc0) === 0x80
    : ip.bytes[0] === 169 && ip.bytes[1] === 254;
}

/** Leading bits that two addresses of one family share. */
function sharedBits(a: Ip, b: Ip): number {
  for (let i = 0; i < a.bytes.length; i++) {
    const differ = a.bytes[i] ^ b.bytes[i];
    if (differ !== 0) return 8 * i + Math.clz32(differ) - 24;
  }
  return 8 * a.bytes.length;
}
