import { type Cidr, inCidr, PRIVATE_BLOCKS, parseCidr, RangeBuilder, type RangeTable } from "../base/index.ts";

/** Blocks that no list of the internet means: private networks, this machine, link-local, multicast, and what was never given to anybody. */
const RESERVED: readonly Cidr[] = PRIVATE_BLOCKS.flatMap((text) => parseCidr(text) ?? []);

/** Does a block hold, or lie in, a network that is not of the internet? */
export function isReserved(block: Cidr): boolean {
  return RESERVED.some((r) => (r.bits <= block.bits ? inCidr(r, block.ip) : inCidr(block, r.ip)));
}

function rangesOf(blocks: readonly Cidr[]): RangeTable {
  const builder = new RangeBuilder();
  for (const block of blocks) builder.add(block);
  return builder.build();
}

/** The same as a table. */
export const NOT_INTERNET: RangeTable = rangesOf(RESERVED);
