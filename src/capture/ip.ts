/** What one IP packet holds. One object for all of them: it is valid until the next. */
export interface IpPacket {
  family: 4 | 6;
  /** 6 TCP, 17 UDP. */
  protocol: number;
  /** Where source and destination stand in `bytes`: 4 or 16 bytes each. */
  sourceAt: number;
  destinationAt: number;
  /** The payload. */
  start: number;
  end: number;
  /** Bytes that were sent and not captured. */
  missing: number;
  /** A part of a larger packet: its name, its place in it, and whether more follow. */
  isFragment: boolean;
  id: number;
  offset: number;
  more: boolean;
}

/** Extension headers of one packet: more are an attack on readers. */
const MOST_EXTENSIONS = 16;

export function newIpPacket(): IpPacket {
  const at = { sourceAt: 0, destinationAt: 0, start: 0, end: 0 };
  return { family: 4, protocol: 0, ...at, missing: 0, isFragment: false, id: 0, offset: 0, more: false };
}

/** Reads the header at `start`. False: no IP, or one whose lengths cannot be. */
export function readIp(p: IpPacket, bytes: Buffer, start: number, end: number): boolean {
  if (start >= end) return false;
  const version = bytes[start] >> 4;
  p.isFragment = false;
  if (version === 4) return readV4(p, bytes, start, end);
  return version === 6 && readV6(p, bytes, start, end);
}

function readV4(p: IpPacket, bytes: Buffer, start: number, end: number): boolean {
  const header = (bytes[start] & 15) * 4;
  if (header < 20 || start + header > end) return false;
  const total = bytes.readUInt16BE(start + 2);
  // Segmentation by the network card leaves it to be filled in later: what was captured counts.
  const length = total === 0 ? end - start : total;
  if (length < header) return false;
  const flags = bytes.readUInt16BE(start + 6);
  p.family = 4;
  p.protocol = bytes[start + 9];
  p.sourceAt = start + 12;
  p.destinationAt = start + 16;
  p.start = start + header;
  p.end = Math.min(end, start + length);
  p.missing = Math.max(0, start + length - end);
  p.more = (flags & 0x2000) !== 0;
  p.offset = (flags & 0x1fff) * 8;
  p.isFragment = p.more || p.offset > 0;
  p.id = bytes.readUInt16BE(start + 4);
  return true;
}

function readV6(p: IpPacket, bytes: Buffer, start: number, end: number): boolean {
  if (start + 40 > end) return false;
  const length = bytes.readUInt16BE(start + 4);
  p.family = 6;
  p.sourceAt = start + 8;
  p.destinationAt = start + 24;
  p.end = length === 0 ? end : Math.min(end, start + 40 + length);
  p.missing = length === 0 ? 0 : Math.max(0, start + 40 + length - end);
  let next = bytes[start + 6];
  let at = start + 40;
  for (let n = 0; n < MOST_EXTENSIONS; n++) {
    // RFC 8200 4: hop-by-hop, routing, destination options, mobility; RFC 4302 4: authentication counts in words of four bytes.
    const isPlain = next === 0 || next === 43 || next === 60 || next === 135;
    if (!isPlain && next !== 44 && next !== 51) {
      p.protocol = next;
      p.start = at;
      return at <= p.end;
    }
    if (at + 8 > p.end) return false;
    if (next === 44) {
      const field = bytes.readUInt16BE(at + 2);
      p.offset = field & 0xfff8;
      p.more = (field & 1) !== 0;
      p.isFragment = p.more || p.offset > 0;
      p.id = bytes.readUInt32BE(at + 4);
      next = bytes[at];
      at += 8;
      if (!p.isFragment) continue;
      // What follows is of the first part alone; the whole is read when it is there.
      p.protocol = next;
      p.start = at;
      return true;
    }
    const size = next === 51 ? (bytes[at + 1] + 2) * 4 : (bytes[at + 1] + 1) * 8;
    next = bytes[at];
    at += size;
  }
  return false;
}
