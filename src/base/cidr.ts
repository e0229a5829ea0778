import { formatIp, type Ip, parseIp } from "./ip.ts";

/** A block of addresses: all that share the first `bits` bits of `ip`, whose other bits are zero. */
export interface Cidr {
  readonly ip: Ip;
  readonly bits: number;
}

/**
 * Reads "10.0.0.0/8", "2001:db8::/32", "192.0.2.0/255.255.255.0" or a single address. Bits behind the prefix are cut off; an
 * IPv4-mapped block is one of IPv4. Undefined when it is none.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  const width = ip.bytes.length * 8;
  const bits = slash < 0 ? width : prefixLength(text.slice(slash + 1), address.includes(":") ? 128 - width : 0, width);
  return bits === undefined ? undefined : { ip: bits === width ? ip : masked(ip, bits), bits };
}

/** The one spelling of a block; a single address stands without its length. */
export function formatCidr({ ip, bits }: Cidr): string {
  return bits === ip.bytes.length * 8 ? formatIp(ip) : `${formatIp(ip)}/${bits}`;
}

/** Is the address in the block? Families never mix. */
export function inCidr({ ip, bits }: Cidr, { family, bytes }: Ip): boolean {
  if (family !== ip.family) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== ip.bytes[i]) return false;
  const rest = bits & 7;
  return rest === 0 || (bytes[whole] ^ ip.bytes[whole]) >> (8 - rest) === 0;
}

/** The length behind the slash, or that of a dotted mask; `mapped` bits of it belong to the prefix of IPv4-mapped addresses. */
function prefixLength(text: string, mapped: number, width: number): number | undefined {
  if (text.includes(".")) return mapped === 0 && width === 32 ? maskLength(text) : undefined;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const bits = Number(text) - mapped;
  return bits >= 0 && bits <= width ? bits : undefined;
}

/** Length of a mask such as 255.255.240.0; undefined when its ones do not all stand in front. */
function maskLength(text: string): number | undefined {
  const mask = parseIp(text);
  if (mask === undefined || mask.family !== 4) return undefined;
  let bits = 0;
  while (bits < 32 && bitOf(mask.bytes, bits) === 1) bits++;
  for (let i = bits; i < 32; i++) if (bitOf(mask.bytes, i) === 1) return undefined;
  return bits;
}

function bitOf(bytes: Uint8Array, i: number): number {
  return (bytes[i >> 3] >> (7 - (i & 7))) & 1;
}

function masked(ip: Ip, bits: number): Ip {
  const bytes = ip.bytes.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, bits - 8 * i));
    return byte & (0xff00 >> kept);
  });
  return { family: ip.family, bytes };
}
