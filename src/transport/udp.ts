import { randomInt } from "node:crypto";
import { canonicalIp, type Flow, type Listener, parseIp } from "../base/index.ts";
import { isKeepAlive, stunReply } from "../sip/index.ts";
import { hasBatch, openBatch } from "./batch.ts";
import { openDgram } from "./dgram.ts";
import { isOpenFault, type OpenFault } from "./fault.ts";
import { Peers, type UdpFlow } from "./peers.ts";
import {
  BATCH,
  type BatchSocket,
  FAMILY,
  FLAGS,
  LENGTH,
  newSlabs,
  OFFSET,
  type OpenSocket,
  PEER,
  PORT,
  ROW,
  type Slabs,
  type SocketStats,
  TRUNCATED,
} from "./socket.ts";
import { ipOf, putIp } from "./words.ts";

/** One datagram or one framed message as latin1 text, and the flow it came on. */
export type OnPacket = (flow: Flow, text: string) => void;

export interface UdpOptions {
  /** Address to bind, no brackets; a wildcard is fine. */
  readonly address: string;
  /** 0: any free one; the listener says which. */
  readonly port: number;
  readonly family: 4 | 6;
  /** Index of the listener, given back in `listener`. */
  readonly index: number;
  /** What to call ourselves instead of the local address, with or without ":port"; "" for none. */
  readonly advertise: string;
  readonly side: "public" | "private";
  /** "auto" (the default): the batch addon where it is built, else node:dgram. */
  readonly adapter?: "batch" | "dgram" | "auto";
  /** An IPv6 wildcard takes IPv4 too; such peers show as IPv4. */
  readonly dualStack?: boolean;
  readonly reusePort?: boolean;
  /** Bytes; the default is UDP_BUFFER. */
  readonly recvBuffer?: number;
  readonly sendBuffer?: number;
  /** RFC 4594 class of outgoing packets; the default 24 (CS3) is for signalling. */
  readonly dscp?: number;
  /** Peers remembered, a power of two; default LIMITS.peers. */
  readonly peers?: number;
}

export interface UdpHandlers {
  readonly onPacket: OnPacket;
  /** After the last packet of a batch; what is sent in here leaves with the batch. */
  readonly onBatchEnd: () => void;
}

export interface UdpStats extends SocketStats {
  readonly kind: "batch" | "dgram";
  readonly peers: number;
  readonly peersEvicted: number;
  /** CRLF and STUN answered or ignored here. */
  keepAlives: number;
  /** Too short to be SIP, or from port 0. */
  junk: number;
  /** Longer than a slot of the slab. */
  truncated: number;
  /** Messages longer than a datagram, not sent. */
  tooLong: number;
}

export interface UdpTransport {
  readonly listener: Listener;
  readonly kind: "batch" | "dgram";
  /** The flow to an address of this socket's family (canonical or not). Throws on what is no such address. */
  flowTo(host: string, port: number): Flow;
  /** Queues a message; inside onPacket or onBatchEnd it leaves at the end of the batch, else with flush(). */
  send(flow: Flow, text: string): void;
  flush(): void;
  stats(): UdpStats;
  close(): Promise<void>;
}

/** Bytes asked for each buffer: 4 MiB hold 50 ms of a flood. */
export const UDP_BUFFER = 4_194_304;
/** RFC 768: 65,535 bytes less the header of 8; IPv4 takes 20 more. */
const MAX_V4 = 65_507;
const MAX_V6 = 65_527;
/** "A a:a SIP/2.0" and shorter is no message. */
const SHORTEST = 14;

/** Opens one UDP socket. Faults are values: port in use, no such address, not permitted. */
export async function openUdp(o: UdpOptions, handlers: UdpHandlers): Promise<UdpTransport | OpenFault> {
  const address = canonicalIp(o.address);
  if (address === undefined) return { code: "EINVAL", message: `udp ${o.address} is not an address to listen on` };
  const core = new Core(handlers, newSlabs());
  const open: OpenSocket = o.adapter === "batch" || (o.adapter !== "dgram" && hasBatch()) ? openBatch : openDgram;
  const options = { recvBuffer: UDP_BUFFER, sendBuffer: UDP_BUFFER, dscp: 24, ...o };
  const socket = await open(address, options, core.slabs, (n) => core.batch(n));
  if (isOpenFault(socket)) return socket;
  const { family, index, advertise, side } = o;
  const listener: Listener = { index, transport: "udp", family, address, port: socket.port, advertise, side };
  core.start(socket, new Peers(listener, randomInt(2 ** 32) | 0, o.peers));
  return {
    listener,
    kind: socket.kind,
    flowTo: (host, port) => core.flowTo(host, port),
    send: (flow, text) => core.send(flow as UdpFlow, text),
    flush: () => core.flush(),
    stats: () => core.stats(),
    close: () => core.close(),
  };
}

/** Everything between the rows and the handlers. */
class Core {
  readonly slabs: Slabs;
  readonly #handlers: UdpHandlers;
  /** A row of its own for flowTo. */
  readonly #one = new Int32Array(ROW);
  #socket: BatchSocket | undefined;
  #peers: Peers | undefined;
  #closed = false;
  #queued = 0;
  #used = 0;
  keepAlives = 0;
  junk = 0;
  truncated = 0;
  tooLong = 0;

  constructor(handlers: UdpHandlers, slabs: Slabs) {
    this.#handlers = handlers;
    this.slabs = slabs;
  }

  start(socket: BatchSocket, peers: Peers): void {
    this.#socket = socket;
    this.#peers = peers;
  }

  /** n datagrams are in the slab. Exceptions of the host are the host's: it lets none out. */
  batch(n: number): void {
    const peers = this.#peers;
    if (peers === undefined) return;
    const meta = this.slabs.rxMeta;
    for (let row = 0; row < n * ROW && !this.#closed; row += ROW) this.#datagram(peers, meta, row);
    if (this.#closed) return;
    this.#handlers.onBatchEnd();
    this.flush();
  }

  #datagram(peers: Peers, meta: Int32Array, row: number): void {
    const start = meta[row + OFFSET];
    const length = meta[row + LENGTH];
    const first = this.slabs.rx[start];
    if ((meta[row + FLAGS] & TRUNCATED) !== 0) this.truncated++;
    // Nobody can be answered at port 0.
    else if (meta[row + PORT] === 0) this.junk++;
    else if (first < 4 && length >= 20) this.#stun(peers, meta, row);
    else if (length < SHORTEST) this.#tiny(peers, meta, row);
    else this.#handlers.onPacket(peers.of(meta, row), this.slabs.rx.latin1Slice(start, start + length));
  }

  /** RFC 5626 4.4.1: a double CRLF asks for a CRLF; a single one, or the NULs of some phones, keep a NAT open. */
  #tiny(peers: Peers, meta: Int32Array, row: number): void {
    const rx = this.slabs.rx;
    const start = meta[row + OFFSET];
    const text = rx.latin1Slice(start, start + meta[row + LENGTH]);
    if (text === "\r\n\r\n") this.send(peers.of(meta, row), "\r\n");
    if (isKeepAlive(text)) this.keepAlives++;
    else this.junk++;
  }

  /** RFC 5626 4.4.2: a STUN binding request on the SIP port. */
  #stun(peers: Peers, meta: Int32Array, row: number): void {
    const start = meta[row + OFFSET];
    const bytes = this.slabs.rx.subarray(start, start + meta[row + LENGTH]);
    const reply = stunReply(bytes, ipOf(meta, row + PEER, meta[row + FAMILY]), meta[row + PORT]);
    if (reply === undefined) {
      this.junk++;
      return;
    }
    this.keepAlives++;
    this.send(peers.of(meta, row), Buffer.from(reply).toString("latin1"));
  }

  flowTo(host: string, port: number): Flow {
    const ip = parseIp(host);
    if (ip === undefined || this.#peers === undefined) throw new Error(`flowTo: ${host} is no address`);
    this.#one[FAMILY] = ip.family;
    this.#one[PORT] = port;
    putIp(this.#one, PEER, ip);
    return this.#peers.of(this.#one, 0);
  }

  send(flow: UdpFlow, text: string): void {
    const length = text.length;
    if (length > (flow.family === 4 ? MAX_V4 : MAX_V6)) {
      this.tooLong++;
      return;
    }
    const tx = this.slabs.tx;
    if (this.#queued === BATCH || this.#used + length > tx.length) this.flush();
    const row = this.#queued * ROW;
    const meta = this.slabs.txMeta;
    meta[row + OFFSET] = this.#used;
    meta[row + LENGTH] = length;
    flow.address(meta, row);
    tx.latin1Write(text, this.#used, length);
    this.#used += length;
    this.#queued++;
  }

  flush(): void {
    if (this.#queued === 0) return;
    if (!this.#closed) this.#socket?.send(this.#queued);
    this.#queued = 0;
    this.#used = 0;
  }

  stats(): UdpStats {
    const socket = this.#socket as BatchSocket;
    const peers = this.#peers as Peers;
    const { keepAlives, junk, truncated, tooLong } = this;
    const own = { kind: socket.kind, peers: peers.size, peersEvicted: peers.evicted };
    return { ...socket.stats(), ...own, keepAlives, junk, truncated, tooLong };
  }

  async close(): Promise<void> {
    this.flush();
    this.#closed = true;
    await this.#socket?.close();
  }
}
