import { type Cidr, inCidr, parseCidr, RangeBuilder, type RangeTable } from "../base/index.ts";

/** Blocks that no list of the internet means: private networks, this machine, link-local, multicast, and what was never given to anybody. */
const RESERVED: readonly Cidr[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
  "::/16",
  "fc00::/7",
  "fe80::/9",
  "ff00::/8",
].flatMap((text) => parseCidr(text) ?? []);

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
