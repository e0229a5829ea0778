import { BoundedMap, formatIp } from "../base/index.ts";
import { isKeepAlive } from "../sip/index.ts";
import { Fragments } from "./fragments.ts";
import { type IpPacket, newIpPacket, readIp } from "./ip.ts";
import { ipStart, isKnownLink } from "./link.ts";
import type { OnPacket } from "./record.ts";
import { type StreamCounts, Streams } from "./streams.ts";
import { beginsSip, type Ends, type OnWire } from "./wire.ts";

const TCP = 6;
const UDP = 17;
/** Addresses whose text is remembered. */
const ADDRESSES = 65_536;
/** Shorter datagrams are to keep a NAT open, or nothing. */
const SHORTEST = 14;

/** What was in a capture. */
export interface PacketCounts {
  packets: number;
  /** Not IP, or of a link that is not looked into. */
  notIp: number;
  /** Link types that are not known here. */
  unknownLinks: Set<number>;
  /** Lengths that cannot be. */
  damaged: number;
  /** Neither UDP nor TCP. */
  otherProtocol: number;
  /** UDP that is no SIP, most of it sound. */
  otherUdp: number;
  keepAlives: number;
  /** Messages whose end was not captured. */
  cut: number;
}

/** From packets to what was said over UDP and TCP. Pure: what it is told with `take` is all it knows. */
export class Dissector {
  readonly counts: PacketCounts = {
    packets: 0,
    notIp: 0,
    unknownLinks: new Set(),
    damaged: 0,
    otherProtocol: 0,
    otherUdp: 0,
    keepAlives: 0,
    cut: 0,
  };
  readonly #fragments = new Fragments();
  readonly #streams: Streams;
  readonly #ip: IpPacket = newIpPacket();
  readonly #ports: ReadonlySet<number>;
  readonly #onWire: OnWire;
  readonly #v4 = new BoundedMap<number, string>(ADDRESSES);
  readonly #v6 = new BoundedMap<string, string>(ADDRESSES);

  /** `ports`: those of SIP, where what is none is told too; more may be added meanwhile. */
  constructor(ports: ReadonlySet<number>, onWire: OnWire) {
    this.#ports = ports;
    this.#onWire = onWire;
    this.#streams = new Streams(ports, onWire);
  }

  get streams(): Readonly<StreamCounts> {
    return this.#streams.counts;
  }

  /** Packets in parts that were never whole. */
  get incomplete(): number {
    return this.#fragments.lost + this.#fragments.waiting;
  }

  /** One packet of a capture. HOT: most of them are sound. */
  readonly take: OnPacket = (at, link, bytes, start, end, cut) => {
    this.counts.packets++;
    const from = ipStart(link, bytes, start, end);
    if (from < 0 || from >= end) {
      this.counts.notIp++;
      if (!isKnownLink(link)) this.counts.unknownLinks.add(link);
      return;
    }
    const p = this.#ip;
    if (!readIp(p, bytes, from, end)) {
      if (cut) this.counts.cut++;
      else this.counts.damaged++;
      return;
    }
    if (!p.isFragment) {
      this.#payload(at, bytes, bytes, p.start, p.end);
      return;
    }
    const whole = this.#fragments.add(p, bytes, at);
    if (whole !== undefined) this.#payload(at, bytes, whole, 0, whole.length);
  };

  /** `header` holds the addresses, `bytes` from `start` what they carry. */
  #payload(at: number, header: Buffer, bytes: Buffer, start: number, end: number): void {
    const { protocol, missing } = this.#ip;
    if (protocol === UDP) this.#datagram(at, header, bytes, start, end);
    else if (protocol !== TCP) this.counts.otherProtocol++;
    else if (end - start < 20) this.counts.damaged++;
    else if (!this.#streams.take(at, this.#ends(header, bytes, start), bytes, start, end, missing))
      this.counts.damaged++;
  }

  #datagram(at: number, header: Buffer, bytes: Buffer, start: number, end: number): void {
    const length = end - start < 8 ? 0 : bytes.readUInt16BE(start + 4);
    if (length !== 0 && length < 8) this.counts.damaged++;
    if (end - start < 8 || (length !== 0 && length < 8)) return;
    const from = start + 8;
    // RFC 2675 4: zero is a length that does not fit.
    const stop = length === 0 ? end : Math.min(end, start + length);
    const isCut = length > end - start;
    const isSipPort = this.#ports.has(bytes.readUInt16BE(start + 2)) || this.#ports.has(bytes.readUInt16BE(start));
    if (!isSipPort && !beginsSip(bytes, from, stop)) {
      this.counts.otherUdp++;
      return;
    }
    // RFC 5626 4.4: what keeps a NAT open, STUN among it, is no message.
    const isStun = bytes[from] < 4 && stop - from >= 20;
    if (stop === from || isStun || (stop - from <= 4 && isKeepAlive(bytes.toString("latin1", from, stop)))) {
      this.counts.keepAlives++;
      return;
    }
    if (stop - from < SHORTEST) {
      this.counts.otherUdp++;
      return;
    }
    if (isCut) this.counts.cut++;
    const text = bytes.toString("latin1", from, stop);
    this.#onWire({ ...this.#ends(header, bytes, start), at, transport: "udp", proved: false, isCut, text, fault: "" });
  }

  #ends(header: Buffer, bytes: Buffer, start: number): Ends {
    const { sourceAt, destinationAt } = this.#ip;
    return {
      from: this.#address(header, sourceAt),
      fromPort: bytes.readUInt16BE(start),
      to: this.#address(header, destinationAt),
      toPort: bytes.readUInt16BE(start + 2),
    };
  }

  #address(bytes: Buffer, at: number): string {
    if (this.#ip.family === 4) {
      const number = bytes.readUInt32BE(at);
      const known = this.#v4.get(number);
      if (known !== undefined) return known;
      const text = `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
      this.#v4.set(number, text);
      return text;
    }
    const raw = bytes.toString("latin1", at, at + 16);
    const known = this.#v6.get(raw);
    if (known !== undefined) return known;
    const text = formatIp({ family: 6, bytes: bytes.subarray(at, at + 16) });
    this.#v6.set(raw, text);
    return text;
  }
}
