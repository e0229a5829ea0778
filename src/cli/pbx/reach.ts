import { parseIp } from "../../base/index.ts";

/** Who reaches a socket by its address alone: this machine, a private network, or everybody. Firewalls are not looked at. */
export type Reach = "machine" | "network" | "world";

/** A wildcard counts as everybody: it takes in whatever address the machine has or gets. */
export function reachOf(address: string): Reach {
  const ip = parseIp(address);
  if (ip === undefined) return "world";
  const [a, b] = ip.bytes;
  if (ip.family === 4) {
    if (a === 127) return "machine";
    // RFC 1918, RFC 6598, RFC 3927.
    const own = a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
    return own || (a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254) ? "network" : "world";
  }
  if (address === "::1") return "machine";
  // RFC 4193, RFC 4291 2.5.6.
  return (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80) ? "network" : "world";
}

/** Whether an address stands for all of the machine. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}
