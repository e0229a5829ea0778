import { type Flow, LIMITS, type Listener, type TransportName } from "../base/index.ts";
import { nextFlowId } from "./ids.ts";
import { isWildcard, sentByFor } from "./local.ts";
import { FAMILY, FLAGS, HAS_LOCAL, LOCAL, PEER, PORT, SCOPE } from "./socket.ts";
import { hostOf } from "./words.ts";

/** A peer of one UDP socket: what Flow says, and the words that go into a row when something is sent to it. */
export class UdpFlow implements Flow {
  readonly id: number = nextFlowId();
  readonly transport: TransportName = "udp";
  readonly reliable = false;
  readonly open = true;
  readonly listener: Listener;
  readonly family: 4 | 6;
  readonly host: string;
  readonly port: number;
  sentBy: string;
  /** Peer and local words, interface; `flags` has HAS_LOCAL once the local address is known. */
  readonly p0: number;
  readonly p1: number;
  readonly p2: number;
  readonly p3: number;
  readonly scope: number;
  l0 = 0;
  l1 = 0;
  l2 = 0;
  l3 = 0;
  flags = 0;

  constructor(listener: Listener, meta: Int32Array, row: number, host: string, sentBy: string) {
    this.listener = listener;
    this.family = meta[row + FAMILY] === 4 ? 4 : 6;
    this.host = host;
    this.port = meta[row + PORT];
    this.p0 = meta[row + PEER];
    this.p1 = meta[row + PEER + 1];
    this.p2 = meta[row + PEER + 2];
    this.p3 = meta[row + PEER + 3];
    this.scope = meta[row + SCOPE];
    this.sentBy = sentBy;
    this.arrivedAt(meta, row, sentBy);
  }

  /** Takes over the local address of a row: from now on packets to the peer leave from there. */
  arrivedAt(meta: Int32Array, row: number, sentBy: string): void {
    this.flags = meta[row + FLAGS] & HAS_LOCAL;
    this.l0 = meta[row + LOCAL];
    this.l1 = meta[row + LOCAL + 1];
    this.l2 = meta[row + LOCAL + 2];
    this.l3 = meta[row + LOCAL + 3];
    this.sentBy = sentBy;
  }

  /** Writes where to send and from where into a row. */
  address(meta: Int32Array, row: number): void {
    meta[row + FAMILY] = this.family;
    meta[row + PORT] = this.port;
    meta[row + PEER] = this.p0;
    meta[row + PEER + 1] = this.p1;
    meta[row + PEER + 2] = this.p2;
    meta[row + PEER + 3] = this.p3;
    meta[row + LOCAL] = this.l0;
    meta[row + LOCAL + 1] = this.l1;
    meta[row + LOCAL + 2] = this.l2;
    meta[row + LOCAL + 3] = this.l3;
    meta[row + FLAGS] = this.flags;
    meta[row + SCOPE] = this.scope;
  }
}

/** Slots that one peer may be in. A hash that an attacker steers costs at most this many looks. */
const WINDOW = 16;
const EMPTY = 0;

/**
 * Remembers the flow of each peer: (address, port, our address) -> UdpFlow, without a string or an object per packet.
 * Open addressing over `cap` slots, each peer within 16 slots from its hash; a full window gives up a flow that was
 * met only once, so forged sources push out each other. A flow given up stays good for whoever holds it; its peer gets a new one.
 */
export class Peers {
  readonly #listener: Listener;
  readonly #mask: number;
  readonly #seed: number;
  /** Per slot: the hash (0: empty), and whether the peer was met again. */
  readonly #hashes: Int32Array;
  readonly #again: Uint8Array;
  readonly #flowAt: Int32Array;
  /** Grows to the cap and no further; dense, so that V8 keeps it an array. */
  readonly #flows: UdpFlow[] = [];
  /** What we call ourselves: one text for all flows, or by the local address last met. */
  readonly #fixed: string;
  #lastLocal = "";
  #lastSentBy = "";
  evicted = 0;

  /** `seed`: 32 random bits, so that nobody can choose addresses that fall together. `cap`: a power of two. */
  constructor(listener: Listener, seed: number, cap: number = LIMITS.peers) {
    this.#listener = listener;
    this.#mask = cap - 1;
    this.#seed = seed;
    this.#hashes = new Int32Array(cap);
    this.#again = new Uint8Array(cap);
    this.#flowAt = new Int32Array(cap);
    this.#fixed = listener.advertise || !isWildcard(listener.address) ? sentByFor(listener, "", "") : "";
  }

  /** The flow of the datagram in a row; made when the peer is new. */
  of(meta: Int32Array, row: number): UdpFlow {
    const hash = this.#hash(meta, row);
    const start = hash & this.#mask;
    for (let i = 0; i < WINDOW; i++) {
      const slot = (start + i) & this.#mask;
      const found = this.#hashes[slot];
      if (found === EMPTY) return this.#put(slot, hash, meta, row);
      if (found !== hash) continue;
      const flow = this.#flows[this.#flowAt[slot]];
      if (!isPeer(flow, meta, row)) continue;
      if (!isLocal(flow, meta, row)) {
        if (flow.flags !== 0) continue;
        // We wrote to it first and guessed our address; now we know.
        flow.arrivedAt(meta, row, this.#sentBy(meta, row, flow.host));
      }
      this.#again[slot] = 1;
      return flow;
    }
    return this.#put(this.#makeRoom(start), hash, meta, row);
  }

  get size(): number {
    return this.#flows.length;
  }

  #put(slot: number, hash: number, meta: Int32Array, row: number): UdpFlow {
    const host = hostOf(meta, row + PEER, meta[row + FAMILY]);
    const flow = new UdpFlow(this.#listener, meta, row, host, this.#sentBy(meta, row, host));
    if (this.#hashes[slot] === EMPTY) {
      this.#flowAt[slot] = this.#flows.length;
      this.#flows.push(flow);
    } else {
      this.evicted++;
      this.#flows[this.#flowAt[slot]] = flow;
    }
    this.#hashes[slot] = hash;
    this.#again[slot] = 0;
    return flow;
  }

  #sentBy(meta: Int32Array, row: number, host: string): string {
    if (this.#fixed !== "") return this.#fixed;
    if ((meta[row + FLAGS] & HAS_LOCAL) === 0) return sentByFor(this.#listener, host, "");
    const local = hostOf(meta, row + LOCAL, meta[row + FAMILY]);
    // Flows share the text: a quarter of a million peers, a handful of addresses of ours.
    if (local !== this.#lastLocal) {
      this.#lastLocal = local;
      this.#lastSentBy = sentByFor(this.#listener, host, local);
    }
    return this.#lastSentBy;
  }

  /** A flow that was met once only goes first; where all were met again, all marks go and with them the first flow. */
  #makeRoom(start: number): number {
    for (let i = 0; i < WINDOW; i++) {
      const slot = (start + i) & this.#mask;
      if (this.#again[slot] === 0) return slot;
    }
    for (let i = 0; i < WINDOW; i++) this.#again[(start + i) & this.#mask] = 0;
    return start;
  }

  /** Over peer address and port; our own address is compared only. Never EMPTY. */
  #hash(meta: Int32Array, row: number): number {
    // Each word is mixed in by itself: port and address taken together would fall together where one counts up with the other.
    let h = mix(this.#seed ^ meta[row + PORT]);
    h = mix(h ^ meta[row + PEER]);
    if (meta[row + FAMILY] === 6) {
      h = mix(h ^ meta[row + PEER + 1]);
      h = mix(h ^ meta[row + PEER + 2]);
      h = mix(h ^ meta[row + PEER + 3]);
      h = mix(h ^ meta[row + SCOPE]);
    }
    return h === EMPTY ? 1 : h;
  }
}

function mix(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}

function isPeer(flow: UdpFlow, meta: Int32Array, row: number): boolean {
  return (
    flow.port === meta[row + PORT] &&
    flow.p0 === meta[row + PEER] &&
    flow.family === meta[row + FAMILY] &&
    flow.p1 === meta[row + PEER + 1] &&
    flow.p2 === meta[row + PEER + 2] &&
    flow.p3 === meta[row + PEER + 3] &&
    flow.scope === meta[row + SCOPE]
  );
}

/** A row that does not know our address (flowTo, dgram) fits any. */
function isLocal(flow: UdpFlow, meta: Int32Array, row: number): boolean {
  if ((meta[row + FLAGS] & HAS_LOCAL) === 0) return true;
  return (
    flow.flags !== 0 &&
    flow.l0 === meta[row + LOCAL] &&
    flow.l1 === meta[row + LOCAL + 1] &&
    flow.l2 === meta[row + LOCAL + 2] &&
    flow.l3 === meta[row + LOCAL + 3]
  );
}
