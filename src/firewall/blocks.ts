import { type Cidr, formatCidr, inCidr, parseCidr } from "../base/index.ts";

/** The part of an IPv6 address that sources are told apart by. */
export const SOURCE_BITS = 64;

/** Where a source belongs: a single IPv4 address or IPv6 /64 is found by hash, every other block is a range. */
export function isHost({ ip, bits }: Cidr): boolean {
  return bits === (ip.family === 4 ? 32 : SOURCE_BITS);
}

/** The same by its text, in its one spelling: there may be 100,000. */
export function isHostText(source: string): boolean {
  const slash = source.indexOf("/");
  return source.includes(":") ? source.endsWith("/64") : slash < 0;
}

/** How a source stands in a set of sources: the IPv4 address, or the first address of the /64. */
export function elementOf(block: Cidr): string {
  return formatCidr({ ip: block.ip, bits: block.ip.bytes.length * 8 });
}

/** Those blocks that no other holds: ranges of one set must not overlap. The first of equals stays. */
export function cover<T extends { readonly block: Cidr }>(rows: readonly T[]): T[] {
  const sorted = [...rows].sort((a, b) => compare(a.block, b.block));
  const kept: T[] = [];
  for (const row of sorted) {
    const last = kept.at(-1);
    // In this order whatever holds a block stands before it, and nothing else between.
    if (last === undefined || last.block.bits > row.block.bits || !inCidr(last.block, row.block.ip)) kept.push(row);
  }
  return kept;
}

/** Reads blocks; what is none is left out. */
export function readBlocks(texts: readonly string[]): Cidr[] {
  return texts.flatMap((text) => parseCidr(text) ?? []);
}

function compare(a: Cidr, b: Cidr): number {
  return a.ip.family - b.ip.family || Buffer.compare(a.ip.bytes, b.ip.bytes) || a.bits - b.bits;
}
