import { parseIp } from "../base/index.ts";

/** One end: address and port. */
export interface At {
  readonly host: string;
  readonly port: number;
}

export interface Recorded {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly bytes: Buffer;
  /** Bytes that were sent, when more than were kept. */
  readonly whole?: number;
}

function bytesOf(host: string): Buffer {
  const ip = parseIp(host);
  if (ip === undefined) throw new Error(`${host} is no address`);
  return Buffer.from(ip.bytes);
}

/** An IP packet of either family around a payload. */
export function ipPacket(from: string, to: string, protocol: number, payload: Buffer): Buffer {
  const ends = Buffer.concat([bytesOf(from), bytesOf(to)]);
  if (ends.length === 8) {
    const head = Buffer.alloc(12);
    head[0] = 0x45;
    head.writeUInt16BE(20 + payload.length, 2);
    head[8] = 64;
    head[9] = protocol;
    return Buffer.concat([head, ends, payload]);
  }
  const head = Buffer.alloc(8);
  head[0] = 0x60;
  head.writeUInt16BE(payload.length, 4);
  head[6] = protocol;
  head[7] = 64;
  return Buffer.concat([head, ends, payload]);
}

export function udpPacket(from: At, to: At, text: string): Buffer {
  return ipPacket(from.host, to.host, 17, udpPayload(from, to, text));
}

export function udpPayload(from: At, to: At, text: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(from.port, 0);
  head.writeUInt16BE(to.port, 2);
  head.writeUInt16BE(8 + text.length, 4);
  return Buffer.concat([head, Buffer.from(text, "latin1")]);
}

const FIN = 1;
export const SYN = 2;
export const ACK = 16;

export function tcpPacket(from: At, to: At, seq: number, ack: number, flags: number, text = ""): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(from.port, 0);
  head.writeUInt16BE(to.port, 2);
  head.writeUInt32BE(seq >>> 0, 4);
  head.writeUInt32BE(ack >>> 0, 8);
  head[12] = 0x50;
  head[13] = flags;
  return ipPacket(from.host, to.host, 6, Buffer.concat([head, Buffer.from(text, "latin1")]));
}

/** A connection whose packets are made one after the other. */
export class Connection {
  readonly #client: At;
  readonly #server: At;
  #mine = 0xfffffff0;
  #theirs = 1_000;

  constructor(client: At, server: At) {
    this.#client = client;
    this.#server = server;
  }

  open(): Buffer[] {
    const packets = [
      tcpPacket(this.#client, this.#server, this.#mine, 0, SYN),
      tcpPacket(this.#server, this.#client, this.#theirs, this.#mine + 1, SYN | ACK),
      tcpPacket(this.#client, this.#server, this.#mine + 1, this.#theirs + 1, ACK),
    ];
    this.#mine++;
    this.#theirs++;
    return packets;
  }

  /** From the client, in segments of at most `size` bytes. */
  send(text: string, size = text.length): Buffer[] {
    const packets: Buffer[] = [];
    for (let at = 0; at < text.length; at += size) {
      const part = text.slice(at, at + size);
      packets.push(tcpPacket(this.#client, this.#server, this.#mine, this.#theirs, ACK, part));
      this.#mine += part.length;
    }
    return packets;
  }

  /** Both ends say that they have finished. */
  close(): Buffer[] {
    return [
      tcpPacket(this.#client, this.#server, this.#mine, this.#theirs, FIN | ACK),
      tcpPacket(this.#server, this.#client, this.#theirs, this.#mine + 1, FIN | ACK),
    ];
  }

  answer(text: string): Buffer[] {
    const packet = tcpPacket(this.#server, this.#client, this.#theirs, this.#mine, ACK, text);
    this.#theirs += text.length;
    return [packet];
  }
}

/** A frame of Ethernet, behind as many tags as are named. */
export function ethernet(packet: Buffer, tags: readonly number[] = []): Buffer {
  const types = [...tags, packet[0] >> 4 === 4 ? 0x0800 : 0x86dd];
  const head = Buffer.alloc(12 + 4 * tags.length + 2);
  for (const [i, type] of types.entries()) head.writeUInt16BE(type, 12 + 4 * i);
  return Buffer.concat([head, packet]);
}

export interface PcapOptions {
  readonly link?: number;
  readonly big?: boolean;
  readonly nano?: boolean;
}

export function pcap(
  records: readonly Recorded[],
  { link = 101, big = false, nano = false }: PcapOptions = {},
): Buffer {
  const word = (n: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (big) bytes.writeUInt32BE(n >>> 0);
    else bytes.writeUInt32LE(n >>> 0);
    return bytes;
  };
  const version = big ? Buffer.from([0, 2, 0, 4]) : Buffer.from([2, 0, 4, 0]);
  const head = [word(nano ? 0xa1b23c4d : 0xa1b2c3d4), version, word(0), word(0), word(262_144), word(link)];
  const parts = records.flatMap(({ at, bytes, whole = bytes.length }) => {
    const seconds = Math.floor(at / 1_000);
    const rest = Math.round((at - seconds * 1_000) * (nano ? 1_000_000 : 1_000));
    return [word(seconds), word(rest), word(bytes.length), word(whole), bytes];
  });
  return Buffer.concat([...head, ...parts]);
}

export interface PcapngOptions {
  readonly link?: number;
  readonly big?: boolean;
  /** if_tsresol; microseconds when it is not said. */
  readonly resolution?: number;
  readonly simple?: boolean;
}

/** One section. */
export function pcapng(records: readonly Recorded[], o: PcapngOptions = {}): Buffer {
  const { link = 101, big = false, resolution, simple = false } = o;
  const word = (n: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (big) bytes.writeUInt32BE(n >>> 0);
    else bytes.writeUInt32LE(n >>> 0);
    return bytes;
  };
  const shorts = (a: number, b: number): Buffer => (big ? word(a * 65_536 + b) : word(b * 65_536 + a));
  const block = (type: number, ...body: Buffer[]): Buffer => {
    const inside = Buffer.concat(body);
    const padding = Buffer.alloc((4 - (inside.length % 4)) % 4);
    const length = word(12 + inside.length + padding.length);
    return Buffer.concat([word(type), length, inside, padding, length]);
  };
  const options = resolution === undefined ? [] : [shorts(9, 1), Buffer.from([resolution, 0, 0, 0]), word(0)];
  const perSecond = resolution === undefined ? 1e6 : resolution < 128 ? 10 ** resolution : 2 ** (resolution & 127);
  const packets = records.map(({ at, bytes, whole = bytes.length }) => {
    if (simple) return block(3, word(whole), bytes);
    const units = Math.round((at / 1_000) * perSecond);
    const time = [word(Math.floor(units / 4_294_967_296)), word(units % 4_294_967_296)];
    return block(6, word(0), ...time, word(bytes.length), word(whole), bytes);
  });
  const version = shorts(1, 0);
  const section = block(0x0a0d0d0a, word(0x1a2b3c4d), version, word(0xffffffff), word(0xffffffff));
  // Names of addresses: a block of no interest.
  return Buffer.concat([section, block(1, shorts(link, 0), word(0), ...options), block(4, word(0)), ...packets]);
}
