import { PrefixTable, parseCidr, parseIp } from "../base/index.ts";

/** Blocks that are nobody's on the internet (IANA special-purpose registries): another domain is not to be found there. */
const NOT_PUBLIC = [
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
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2002::/16",
  "fc00::/7",
  "fe80::/9",
  "ff00::/8",
];

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
