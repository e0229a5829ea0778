import { BoundedMap, isFailure } from "../base/index.ts";
import { StreamFramer } from "../sip/index.ts";
import { beginsSip, type Ends, isWebSocket, type OnWire } from "./wire.ts";

/** Connections at once, and bytes that wait in all of them for what is missing; the oldest give way. */
const MOST = 32_768;
const MOST_BYTES = 67_108_864;
/** Beginnings of connections that may turn out to be SIP. */
const BEGINNINGS = 65_536;
/** Segments that came before those in front of them, of one direction. */
const MOST_PARKED = 64;
const MOST_PARKED_BYTES = 262_144;

const FIN = 1;
const SYN = 2;
const ACK = 16;

/** `new`: nothing was read yet. `lost`: the beginning, or a part, is not in the capture: the next message that can be made out is waited for. */
type Kind = "new" | "lost" | "sip" | "closed";

interface Half {
  /** Number of the first byte that was seen, and of the one that is next; -1 before any. */
  first: number;
  next: number;
  /** Behind the last byte that was sent, as far as is known. */
  most: number;
  kind: Kind;
  framer: StreamFramer;
  parked: { readonly seq: number; readonly bytes: Buffer }[];
  parkedBytes: number;
  /** Whoever sends knows a number of the other side's: he receives at that address. */
  proved: boolean;
  finished: boolean;
  /** What it holds, as it was counted last. */
  held: number;
}

export interface StreamCounts {
  connections: number;
  tls: number;
  webSocket: number;
  /** Places at which a part of a stream is missing. */
  gaps: number;
}

/** Puts TCP streams together, both directions, and cuts SIP messages out of them. */
export class Streams {
  readonly counts: StreamCounts = { connections: 0, tls: 0, webSocket: 0, gaps: 0 };
  readonly #connections = new Map<string, readonly [Half, Half]>();
  readonly #ports: ReadonlySet<number>;
  readonly #onWire: OnWire;
  /** Of what is no SIP port: the first numbers of both ends, -1 for none yet. */
  readonly #beginnings = new BoundedMap<string, readonly [number, number]>(BEGINNINGS);
  #held = 0;

  /** `ports`: where what is no SIP is told, too. */
  constructor(ports: ReadonlySet<number>, onWire: OnWire) {
    this.#ports = ports;
    this.#onWire = onWire;
  }

  /** One segment: its header begins at `start`, and `missing` bytes at its end were not captured. False: it cannot be one. */
  take(at: number, ends: Ends, bytes: Buffer, start: number, end: number, missing: number): boolean {
    const header = end - start < 20 ? 0 : (bytes[start + 12] >> 4) * 4;
    if (header < 20 || start + header > end) return false;
    const seq = bytes.readUInt32BE(start + 4);
    const flags = bytes[start + 13];
    const data = start + header;
    const isSip = this.#ports.has(ends.toPort) || this.#ports.has(ends.fromPort);
    const forward = `${ends.from} ${ends.fromPort}` < `${ends.to} ${ends.toPort}`;
    const key = forward
      ? `${ends.from} ${ends.fromPort} ${ends.to} ${ends.toPort}`
      : `${ends.to} ${ends.toPort} ${ends.from} ${ends.fromPort}`;
    let pair = this.#connections.get(key);
    // The two ends speak anew: the same ports, another connection.
    const isAnew = (flags & (SYN | ACK)) === SYN && pair !== undefined && pair[forward ? 0 : 1].first !== plus(seq, 1);
    if (isAnew) this.#forget(key);
    if (pair === undefined || isAnew) {
      // Of what is no SIP port only that is followed which is SIP.
      if (!isSip && !beginsSip(bytes, data, end)) {
        if ((flags & SYN) !== 0) this.#begins(key, forward, plus(seq, 1));
        return true;
      }
      pair = this.#open(key);
    }
    const half = pair[forward ? 0 : 1];
    const other = pair[forward ? 1 : 0];
    if ((flags & SYN) !== 0) begin(half, plus(seq, 1));
    else if (half.first < 0) {
      begin(half, seq);
      half.kind = "lost";
    }
    if ((flags & ACK) !== 0 && (flags & SYN) === 0 && !half.proved)
      half.proved = knows(bytes.readUInt32BE(start + 8), other);
    if (data < end || missing > 0) this.#data(half, at, ends, bytes, data, end, seq, missing);
    if ((flags & FIN) !== 0) half.finished = true;
    if (half.finished && other.finished) this.#forget(key);
    else this.#weigh(half);
    return true;
  }

  #data(
    half: Half,
    at: number,
    ends: Ends,
    bytes: Buffer,
    from: number,
    end: number,
    seq: number,
    missing: number,
  ): void {
    const stop = plus(seq, end - from + missing);
    if (less(half.most, stop)) half.most = stop;
    const ahead = minus(seq, half.next);
    if (ahead > 0) {
      this.#park(half, seq, bytes.subarray(from, end), missing);
      if (half.parked.length < MOST_PARKED && half.parkedBytes < MOST_PARKED_BYTES) return;
      // What is missing does not come any more.
      this.#gap(half, half.parked[0].seq);
    } else {
      // RFC 9293 3.10.7.4: of what was sent again only the new part counts.
      if (end - from + ahead > 0) this.#feed(half, at, ends, bytes, from - ahead, end);
      if (less(half.next, stop)) half.next = missing > 0 ? plus(seq, end - from) : stop;
      if (missing > 0) this.#gap(half, stop);
    }
    this.#unpark(half, at, ends);
  }

  #park(half: Half, seq: number, bytes: Buffer, missing: number): void {
    if (missing > 0 || half.parked.some((p) => p.seq === seq && p.bytes.length >= bytes.length)) return;
    half.parked.push({ seq, bytes: Buffer.from(bytes) });
    half.parked.sort((a, b) => minus(a.seq, b.seq));
    half.parkedBytes += bytes.length;
  }

  #unpark(half: Half, at: number, ends: Ends): void {
    while (half.parked.length > 0 && minus(half.parked[0].seq, half.next) <= 0) {
      const { seq, bytes } = half.parked[0];
      half.parked.shift();
      half.parkedBytes -= bytes.length;
      const known = -minus(seq, half.next);
      if (known >= bytes.length) continue;
      this.#feed(half, at, ends, bytes, known, bytes.length);
      half.next = plus(seq, bytes.length);
    }
  }

  #gap(half: Half, next: number): void {
    this.counts.gaps++;
    half.next = next;
    half.framer = new StreamFramer();
    if (half.kind !== "closed") half.kind = "lost";
  }

  #feed(half: Half, at: number, ends: Ends, bytes: Buffer, from: number, end: number): void {
    if (half.kind === "closed") return;
    if (half.kind === "lost") {
      if (!beginsSip(bytes, from, end)) return;
      half.kind = "sip";
      half.framer = new StreamFramer();
    } else if (half.kind === "new") half.kind = this.#kindOf(bytes, from, end);
    if (half.kind !== "sip") return;
    half.framer.push(bytes.subarray(from, end));
    for (let text = half.framer.next(); text !== undefined; text = half.framer.next()) {
      if (text === "") continue;
      const isBroken = isFailure(text);
      const said = isFailure(text) ? { text: "", fault: text.code } : { text, fault: "" };
      this.#onWire({ ...ends, ...said, at, transport: "tcp", proved: half.proved, isCut: false });
      if (!isBroken) continue;
      half.kind = "closed";
      return;
    }
  }

  /** What a stream is, by its first bytes. */
  #kindOf(bytes: Buffer, from: number, end: number): Kind {
    if (bytes[from] === 22 && (end - from < 2 || bytes[from + 1] === 3)) {
      this.counts.tls++;
      return "closed";
    }
    if (isWebSocket(bytes, from, end)) {
      this.counts.webSocket++;
      return "closed";
    }
    return "sip";
  }

  #begins(key: string, forward: boolean, seq: number): void {
    const [there, back] = this.#beginnings.get(key) ?? [-1, -1];
    this.#beginnings.set(key, forward ? [seq, back] : [there, seq]);
  }

  #open(key: string): readonly [Half, Half] {
    const pair = [newHalf(), newHalf()] as const;
    const known = this.#beginnings.get(key);
    pair.forEach((half, i) => {
      if (known !== undefined && known[i] >= 0) begin(half, known[i]);
    });
    this.#beginnings.delete(key);
    this.counts.connections++;
    this.#connections.set(key, pair);
    if (this.#connections.size > MOST) this.#forgetOldest();
    return pair;
  }

  #weigh(half: Half): void {
    const held = half.parkedBytes + half.framer.pending;
    this.#held += held - half.held;
    half.held = held;
    while (this.#held > MOST_BYTES && this.#connections.size > 0) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const [oldest] = this.#connections.keys();
    this.#forget(oldest);
  }

  #forget(key: string): void {
    const pair = this.#connections.get(key);
    if (pair === undefined) return;
    this.#connections.delete(key);
    for (const half of pair) this.#held -= half.held;
  }
}

function newHalf(): Half {
  return {
    first: -1,
    next: -1,
    most: -1,
    kind: "new",
    framer: new StreamFramer(),
    parked: [],
    parkedBytes: 0,
    proved: false,
    finished: false,
    held: 0,
  };
}

function begin(half: Half, seq: number): void {
  if (half.first >= 0) return;
  half.first = seq;
  half.next = seq;
  half.most = seq;
}

/** RFC 5961 5.2: only who has seen the other side's numbers writes one that was sent. */
function knows(ack: number, other: Half): boolean {
  return other.first >= 0 && minus(ack, other.first) >= 0 && minus(ack, other.most) <= 0;
}

/** RFC 9293 3.4: numbers go round. */
function plus(seq: number, n: number): number {
  return (seq + n) >>> 0;
}

function minus(a: number, b: number): number {
  return (a - b) | 0;
}

function less(a: number, b: number): boolean {
  return minus(a, b) < 0;
}
