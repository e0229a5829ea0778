/** Blocks that are nobody's on the internet (IANA special-purpose registries): private networks, this machine, link-local, multicast, and what was never given to anybody. */
export const PRIVATE_BLOCKS: readonly string[] = [
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
];
