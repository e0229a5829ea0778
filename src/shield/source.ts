import { formatIp, parseIp } from "../base/index.ts";

/**
 * Whom evidence is laid to: an IPv4 address, or the /64 that an IPv6 address is in, since whoever has one address there has them all.
 * What is no address stands for itself.
 */
export function sourceOf(address: string): string {
  return address.includes(":") ? prefixOf(address, 64) : address;
}

/** The block whose other sources are likely to be of the same people: /24, or /48. */
export function neighbourhoodOf(source: string): string {
  return source.includes(":") ? prefixOf(source.split("/")[0], 48) : prefixOf(source, 24);
}

function prefixOf(address: string, bits: number): string {
  const ip = parseIp(address);
  if (ip === undefined) return address;
  const bytes = ip.bytes.map((b, i) => (i < bits / 8 ? b : 0));
  return `${formatIp({ family: ip.family, bytes })}/${bits}`;
}
