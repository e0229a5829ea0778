import { BIG, LITTLE } from "./pcap.ts";
import { MOST_PACKET, type OnPacket, type Step } from "./record.ts";

/** Interfaces of one section; more are damage. */
const MOST_INTERFACES = 4_096;
/** A section header, a description of an interface: larger ones are damage. */
const MOST_BLOCK = MOST_PACKET + 65_536;

interface Interface {
  readonly link: number;
  /** Parts of a second that its times count. */
  readonly perSecond: number;
  /** Seconds to add to its times. */
  readonly offset: number;
  readonly snapLength: number;
}

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

/** The blocks of a pcapng file (draft-ietf-opsawg-pcapng). A section may have its own byte order. */
export class PcapngBlocks {
  #read = LITTLE;
  #interfaces: Interface[] = [];
  /** A simple packet has no time: that of the one before. */
  #last = 0;
  /** Bytes without which the next step cannot be made. */
  wanted = 12;

  /** One block that begins at `at`: its length, a text for damage, undefined when `wanted` bytes are not there yet. */
  step(bytes: Buffer, at: number, onPacket: OnPacket): Step | undefined {
    if (bytes.length - at < 12) return this.#need(12);
    const type = this.#read(bytes, at);
    if (type === SECTION && !this.#readOrder(bytes, at))
      return "a section without byte order: the file is damaged here";
    const length = this.#read(bytes, at + 4);
    if (length < 12 || length % 4 !== 0) return `a block of ${length} bytes: the file is damaged here`;
    const isRead = type === SECTION || type === INTERFACE || isPacket(type);
    // Names, statistics, secrets: passed over, however long.
    if (!isRead) return length;
    if (length > MOST_BLOCK) return `a block of ${length} bytes: the file is damaged here`;
    if (bytes.length - at < length) return this.#need(length);
    if (this.#read(bytes, at + length - 4) !== length) return "a block with two lengths: the file is damaged here";
    if (type === SECTION) this.#interfaces = [];
    else if (type === INTERFACE) return this.#describe(bytes, at, length);
    else return this.#packet(type, bytes, at, length, onPacket);
    return length;
  }

  #readOrder(bytes: Buffer, at: number): boolean {
    if (bytes.readUInt32LE(at + 8) === 0x1a2b3c4d) this.#read = LITTLE;
    else if (bytes.readUInt32BE(at + 8) === 0x1a2b3c4d) this.#read = BIG;
    else return false;
    return true;
  }

  #describe(bytes: Buffer, at: number, length: number): Step {
    if (length < 20 || this.#interfaces.length >= MOST_INTERFACES) return "interfaces that make no sense";
    let perSecond = 1_000_000;
    let offset = 0;
    const end = at + length - 4;
    for (let o = at + 16; o + 4 <= end; ) {
      const code = this.#short(bytes, o);
      const size = this.#short(bytes, o + 2);
      if (code === 0 || o + 4 + size > end) break;
      if (code === 9 && size >= 1) perSecond = unitsOf(bytes[o + 4]);
      else if (code === 14 && size >= 8) offset = this.#signed(bytes, o + 4);
      o += 4 + size + ((4 - (size % 4)) % 4);
    }
    const snapLength = this.#read(bytes, at + 12);
    this.#interfaces.push({ link: this.#short(bytes, at + 8), perSecond, offset, snapLength });
    return length;
  }

  #packet(type: number, bytes: Buffer, at: number, length: number, onPacket: OnPacket): Step {
    const simple = type === SIMPLE_PACKET;
    const from = at + (simple ? 12 : 28);
    const most = at + length - 4 - from;
    if (most < 0) return "a packet that is too short: the file is damaged here";
    const id = simple ? 0 : type === OBSOLETE_PACKET ? this.#short(bytes, at + 8) : this.#read(bytes, at + 8);
    const face = this.#interfaces[id];
    if (face === undefined) return `a packet of an interface ${id} that was not described`;
    const whole = this.#read(bytes, at + (simple ? 8 : 24));
    const kept = simple ? Math.min(whole, face.snapLength || whole, most) : this.#read(bytes, at + 20);
    if (kept > most || kept > MOST_PACKET) return "a packet longer than its block: the file is damaged here";
    if (!simple) {
      const units = this.#read(bytes, at + 12) * 4_294_967_296 + this.#read(bytes, at + 16);
      this.#last = (units / face.perSecond + face.offset) * 1_000;
    }
    onPacket(this.#last, face.link, bytes, from, from + kept, kept < whole);
    return length;
  }

  #short(bytes: Buffer, at: number): number {
    return this.#read === LITTLE ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }

  #signed(bytes: Buffer, at: number): number {
    return Number(this.#read === LITTLE ? bytes.readBigInt64LE(at) : bytes.readBigInt64BE(at));
  }

  #need(bytes: number): undefined {
    this.wanted = bytes;
    return undefined;
  }
}

function isPacket(type: number): boolean {
  return type === ENHANCED_PACKET || type === SIMPLE_PACKET || type === OBSOLETE_PACKET;
}

/** if_tsresol: a power of ten, or with the highest bit of two. */
function unitsOf(resolution: number): number {
  return resolution < 128 ? 10 ** Math.min(resolution, 18) : 2 ** Math.min(resolution & 127, 60);
}
