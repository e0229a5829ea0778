/** How a pcap file writes its numbers. */
export interface PcapForm {
  readonly read: (bytes: Buffer, at: number) => number;
  /** Parts of a second in a millisecond: 1,000 of microseconds, 1,000,000 of nanoseconds. */
  readonly perMs: number;
  /** Link type of all its packets; from the header. */
  link: number;
}

/** Bytes before the first packet. */
export const PCAP_HEADER = 24;

export const LITTLE = (bytes: Buffer, at: number): number => bytes.readUInt32LE(at);
export const BIG = (bytes: Buffer, at: number): number => bytes.readUInt32BE(at);

/** By the first four bytes: byte order and unit of time. Undefined: no pcap. */
export function pcapForm(bytes: Buffer): PcapForm | undefined {
  switch (bytes.readUInt32BE(0)) {
    case 0xa1b2c3d4:
      return { read: BIG, perMs: 1_000, link: 0 };
    case 0xd4c3b2a1:
      return { read: LITTLE, perMs: 1_000, link: 0 };
    case 0xa1b23c4d:
      return { read: BIG, perMs: 1_000_000, link: 0 };
    case 0x4d3cb2a1:
      return { read: LITTLE, perMs: 1_000_000, link: 0 };
    default:
      return undefined;
  }
}
