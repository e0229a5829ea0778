import { PRIVATE_BLOCKS, PrefixTable, parseCidr, parseIp } from "../base/index.ts";

/** Another domain is not to be found there, nor by an address that is translated into one of there (IANA special-purpose registries). */
const NOT_PUBLIC = [...PRIVATE_BLOCKS, "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2002::/16"];

const table = new PrefixTable<string>();
for (const block of NOT_PUBLIC) {
  const cidr = parseCidr(block);
  if (cidr !== undefined) table.add(cidr, block);
}
const found: string[] = [];

/** Is this an address on the internet? Of a name, or of an address in a private network, it is not. */
export function isPublicAddress(host: string): boolean {
  const ip = parseIp(host);
  if (ip === undefined) return false;
  table.find(ip, found);
  return found.length === 0;
}
