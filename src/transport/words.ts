import { formatIp, type Ip } from "../base/index.ts";

/** Address text of row words at `at`: the one spelling of base/ip. */
export function hostOf(meta: Int32Array, at: number, family: number): string {
  const a = meta[at];
  if (family === 4) return `${a >>> 24}.${(a >>> 16) & 255}.${(a >>> 8) & 255}.${a & 255}`;
  return formatIp(ipOf(meta, at, family));
}

/** The address at `at` as bytes. */
export function ipOf(meta: Int32Array, at: number, family: number): Ip {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  for (let i = 0; i < bytes.length; i++) bytes[i] = meta[at + (i >> 2)] >>> (24 - 8 * (i & 3));
  return { family: family === 4 ? 4 : 6, bytes };
}

/** Writes `ip` as words at `at`; IPv4 leaves the other three 0. */
export function putIp(meta: Int32Array, at: number, ip: Ip): void {
  meta.fill(0, at, at + 4);
  for (let i = 0; i < ip.bytes.length; i++) meta[at + (i >> 2)] |= ip.bytes[i] << (24 - 8 * (i & 3));
}
