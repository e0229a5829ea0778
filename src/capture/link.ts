const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** Tags in front of one another: more are no network's. */
const MOST_TAGS = 4;

/** Where IP begins behind what a packet of this link type begins with; -1 when there is none. LINKTYPE values of tcpdump.org. */
export function ipStart(link: number, bytes: Buffer, start: number, end: number): number {
  switch (link) {
    // Loopback of BSD and others: four bytes of an address family, in the order of that machine.
    case 0:
    case 108:
      return start + 4;
    case 1:
      return behindTags(bytes, start + 12, end);
    // Raw IP, by its names.
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return start;
    // Linux "any", version 1 and 2.
    case 113:
      return behindTags(bytes, start + 14, end);
    case 276:
      return start + 2 <= end && isIp(bytes, start) ? start + 20 : behindCooked(bytes, start, end);
    default:
      return -1;
  }
}

/** Is this a link type whose packets are looked into? */
export function isKnownLink(link: number): boolean {
  return [0, 1, 12, 14, 101, 108, 113, 228, 229, 276].includes(link);
}

/** `at`: where the type of what follows stands; tags of networks (802.1Q, 802.1ad) may stand before it. */
function behindTags(bytes: Buffer, at: number, end: number): number {
  let type = at;
  for (let tags = 0; type + 2 <= end && tags <= MOST_TAGS; tags++) {
    if (isIp(bytes, type)) return type + 2;
    const tag = bytes.readUInt16BE(type);
    if (tag !== 0x8100 && tag !== 0x88a8 && tag !== 0x9100) return -1;
    type += 4;
  }
  return -1;
}

/** Version 2 has the type in front; tags stand behind its 20 bytes. */
function behindCooked(bytes: Buffer, start: number, end: number): number {
  if (start + 24 > end) return -1;
  const tag = bytes.readUInt16BE(start);
  return tag === 0x8100 || tag === 0x88a8 || tag === 0x9100 ? behindTags(bytes, start + 22, end) : -1;
}

function isIp(bytes: Buffer, at: number): boolean {
  const type = bytes.readUInt16BE(at);
  return type === IPV4 || type === IPV6;
}
