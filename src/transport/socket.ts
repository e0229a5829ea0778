import type { OpenFault } from "./fault.ts";

/** Datagrams in one batch, and Int32 columns of one row. native/udp/udp.c has the same numbers. */
export const BATCH = 64;
export const ROW = 16;

/**
 * Columns of a row. A row tells of one datagram: where its bytes are in the slab, the peer, our own address, flags.
 * Addresses are words: the big-endian value of 4 bytes each, one for IPv4 and four for IPv6.
 */
export const OFFSET = 0;
export const LENGTH = 1;
/** Of the peer: 4 or 6; an IPv4-mapped peer is 4. */
export const FAMILY = 2;
export const PORT = 3;
export const PEER = 4;
export const LOCAL = 8;
export const FLAGS = 12;
/** Interface of a link-local IPv6 peer, else 0. */
export const SCOPE = 13;

/** The datagram was longer than its place in the slab. */
export const TRUNCATED = 1;
/** The LOCAL words are set: where it arrived, or where it shall leave from. */
export const HAS_LOCAL = 2;

/** Buffer's own latin1 methods, which its types leave out: toString and write cost an option parse per packet. */
export interface Bytes extends Buffer {
  latin1Slice(start?: number, end?: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}

/** The memory that a socket and its user share. Bytes are valid only until onBatch returns. */
export interface Slabs {
  readonly rx: Bytes;
  readonly rxMeta: Int32Array;
  readonly tx: Bytes;
  readonly txMeta: Int32Array;
}

/**
 * A slot holds any UDP datagram (65,535 bytes at most) and a little more: slots 65,536 apart would all fall into the same
 * lines of the processor's cache.
 */
const SLOT = 65_536 + 576;
/** Messages to send lie one behind the other; room for the largest three. */
const TX_BYTES = 262_144;

/** Fresh slabs: 4.5 MB of addresses, of which only touched pages cost memory. */
export function newSlabs(slot = SLOT): Slabs {
  return {
    rx: Buffer.alloc(slot * BATCH) as Bytes,
    rxMeta: new Int32Array(BATCH * ROW),
    tx: Buffer.alloc(TX_BYTES) as Bytes,
    txMeta: new Int32Array(BATCH * ROW),
  };
}

export interface SocketOptions {
  readonly port: number;
  /** An IPv6 wildcard takes IPv4 too; such peers show as IPv4. */
  readonly dualStack?: boolean;
  readonly reusePort?: boolean;
  /** Bytes; forced past the system's limit where we may. 0 or absent: the system's default. */
  readonly recvBuffer?: number;
  readonly sendBuffer?: number;
  /** RFC 4594: 24 (CS3) is for signalling. 0 or absent: best effort. */
  readonly dscp?: number;
}

/** Counters of one socket since it was opened. */
export interface SocketStats {
  received: number;
  sent: number;
  /** Not sent because the send buffer was full. */
  dropped: number;
  /** Not sent for another reason: no route, too long, forbidden by a firewall. */
  errors: number;
  /** Thrown away by the kernel because we did not read fast enough. -1: this adapter cannot know. */
  kernelDrops: number;
  recvBuffer: number;
  sendBuffer: number;
}

/** A bound UDP socket in batches, whichever adapter carries it. */
export interface BatchSocket {
  readonly kind: "batch" | "dgram";
  readonly port: number;
  /** Sends rows 0..n-1 of txMeta; gives how many were handed over. Nothing once closed. */
  send(n: number): number;
  /** Frees the port; no batch comes afterwards, and the rest of the present one is dropped by the user. */
  close(): Promise<void>;
  stats(): SocketStats;
}

/** Opens `address` (canonical text). `onBatch(n)` is called with n datagrams in rows 0..n-1 of rxMeta. */
export type OpenSocket = (
  address: string,
  options: SocketOptions,
  slabs: Slabs,
  onBatch: (n: number) => void,
) => Promise<BatchSocket | OpenFault>;
