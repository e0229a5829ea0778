import type { IpPacket } from "./ip.ts";

/** Packets in parts that are held at once, their bytes altogether, and milliseconds until one is given up. */
const MOST = 1_024;
const MOST_BYTES = 16_777_216;
const PATIENCE = 30_000;
const MOST_PARTS = 64;
const LARGEST = 65_535;

interface Part {
  readonly offset: number;
  readonly bytes: Buffer;
}

interface Pending {
  readonly since: number;
  parts: Part[];
  bytes: number;
  /** Whole length; -1 while the last part is missing. */
  total: number;
  /** The protocol that the first part names. */
  protocol: number;
  missing: number;
}

/** Puts packets that came in parts together. Bounded: what is never completed is forgotten. */
export class Fragments {
  readonly #pending = new Map<string, Pending>();
  #bytes = 0;
  /** Packets of which a part is missing, or whose parts contradict each other. */
  lost = 0;

  get waiting(): number {
    return this.#pending.size;
  }

  /** One part. Gives the whole payload when it is the last one that was missing; `p.protocol` and `p.missing` are those of the whole then. */
  add(p: IpPacket, bytes: Buffer, now: number): Buffer | undefined {
    const size = p.family === 4 ? 4 : 16;
    const ends = bytes.toString("latin1", p.sourceAt, p.sourceAt + 2 * size);
    const key = `${ends} ${p.id} ${p.family === 4 ? p.protocol : ""}`;
    const known = this.#pending.get(key);
    const pending = known ?? this.#begin(key, now);
    if (p.offset === 0) pending.protocol = p.protocol;
    pending.missing += p.missing;
    const length = p.end - p.start;
    if (!p.more) pending.total = p.offset + length;
    if (this.#isWrong(pending, p, length)) {
      this.#forget(key, pending);
      this.lost++;
      return undefined;
    }
    if (!pending.parts.some((part) => part.offset === p.offset)) {
      pending.parts.push({ offset: p.offset, bytes: Buffer.from(bytes.subarray(p.start, p.end)) });
      pending.bytes += length;
      this.#bytes += length;
    }
    if (pending.total >= 0 && pending.bytes === pending.total && pending.parts.some(({ offset }) => offset === 0)) {
      this.#forget(key, pending);
      p.protocol = pending.protocol;
      p.missing = pending.missing;
      const inOrder = pending.parts.sort((a, b) => a.offset - b.offset);
      return Buffer.concat(inOrder.map((part) => part.bytes));
    }
    this.#makeRoom(now);
    return undefined;
  }

  #begin(key: string, now: number): Pending {
    const pending: Pending = { since: now, parts: [], bytes: 0, total: -1, protocol: 0, missing: 0 };
    this.#pending.set(key, pending);
    return pending;
  }

  /** RFC 8200 4.5, RFC 5722: parts that overlap are an attack on readers; the packet is dropped. A part that came twice is none. */
  #isWrong({ parts, total }: Pending, p: IpPacket, length: number): boolean {
    const end = p.offset + length;
    if (end > LARGEST || (total >= 0 && end > total) || parts.length >= MOST_PARTS) return true;
    return parts.some(({ offset, bytes }) => {
      if (offset === p.offset) return bytes.length !== length;
      return offset < end && p.offset < offset + bytes.length;
    });
  }

  /** The oldest give way. */
  #makeRoom(now: number): void {
    for (const [key, pending] of this.#pending) {
      const isOld = now - pending.since > PATIENCE;
      if (!isOld && this.#pending.size <= MOST && this.#bytes <= MOST_BYTES) return;
      this.#forget(key, pending);
      this.lost++;
    }
  }

  #forget(key: string, pending: Pending): void {
    this.#pending.delete(key);
    this.#bytes -= pending.bytes;
  }
}
