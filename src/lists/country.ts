import { type CountryResponse, Reader } from "mmdb-lib";
import { formatIp, ipOf, RangeBuilder, type RangeTable } from "../base/index.ts";
import { COUNTRY_LIMITS } from "./limits.ts";

/** Which country an address is of: `codes[value]` of its range. */
export interface CountryTable {
  readonly table: RangeTable;
  /** ISO 3166-1 codes. */
  readonly codes: readonly string[];
  /** What the file calls itself, and when it was made (wall ms). */
  readonly type: string;
  readonly built: number;
}

/** Bits of an address that count: IPv6 by its /64. */
const WIDTH = { 4: 32, 6: 64 } as const;
/** Zero bits in front of IPv4 addresses in a tree of IPv6. */
const BEFORE_V4 = 96;

/**
 * Reads a whole MMDB file into ranges: a look-up then is a binary search, whatever the file holds, and nothing of the file is read while a
 * packet waits. Throws what is wrong with it.
 */
export function readCountries(bytes: Uint8Array): CountryTable {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new Reader<CountryResponse>(file);
  const { ipVersion, databaseType, buildEpoch } = reader.metadata;
  const walk = new Walk(file, reader);
  walk.over(4);
  if (ipVersion === 6) walk.over(6);
  if (walk.codes.length === 0) throw new Error("it names no country for any address");
  return { table: walk.ranges.build(), codes: walk.codes, type: databaseType, built: buildEpoch.getTime() };
}

/**
 * Goes through the tree from its root (MaxMind DB 2.0, "Binary Search Tree Section"); what stands at a leaf is asked of the reader, once for all
 * leaves that share it.
 */
class Walk {
  readonly ranges = new RangeBuilder();
  readonly codes: string[] = [];
  readonly #file: Buffer;
  readonly #reader: Reader<CountryResponse>;
  /** By what a leaf points to: the place of its country in `codes`, or -1. */
  readonly #values = new Map<number, number>();
  readonly #rootOf4: number;
  #visits = 0;

  constructor(file: Buffer, reader: Reader<CountryResponse>) {
    this.#file = file;
    this.#reader = reader;
    let node = 0;
    const { ipVersion, nodeCount } = reader.metadata;
    for (let i = 0; ipVersion === 6 && i < BEFORE_V4 && node < nodeCount; i++) node = this.#child(node, 0);
    this.#rootOf4 = node;
  }

  over(family: 4 | 6): void {
    this.#visit(family, family === 4 ? this.#rootOf4 : 0, 0, 0n);
  }

  #visit(family: 4 | 6, node: number, depth: number, first: bigint): void {
    const { nodeCount } = this.#reader.metadata;
    // Each branch once more than there are leaves: a tree that bites its tail has no leaf at all.
    if (++this.#visits > 3 * COUNTRY_LIMITS.networks)
      throw new Error(`it tells more than ${COUNTRY_LIMITS.networks} networks apart`);
    if (node === nodeCount) return;
    if (node > nodeCount) {
      this.#leaf(family, node, depth, first);
      return;
    }
    // IPv4 stands in the tree of IPv6 several times (as ::ffff:0:0/96, 2002::/16 …), always by the same node.
    if (family === 6 && node === this.#rootOf4) return;
    const width = WIDTH[family];
    if (depth === width) {
      // What is told of the first address of a /64 counts for all of it.
      this.#visit(family, this.#firstLeaf(node), depth, first);
      return;
    }
    this.#visit(family, this.#child(node, 0), depth + 1, first);
    this.#visit(family, this.#child(node, 1), depth + 1, first + (1n << BigInt(width - depth - 1)));
  }

  #leaf(family: 4 | 6, pointer: number, depth: number, first: bigint): void {
    let value = this.#values.get(pointer);
    if (value === undefined) {
      const code = codeOf(this.#reader.get(formatIp(ipOf(family, first))));
      value = code === undefined ? -1 : this.#placeOf(code);
      this.#values.set(pointer, value);
    }
    if (value < 0) return;
    const size = 1n << BigInt(WIDTH[family] - depth);
    this.ranges.addRange(family, first, first + size - 1n, value);
  }

  #firstLeaf(node: number): number {
    const { nodeCount } = this.#reader.metadata;
    for (let i = 0; i < 64 && node < nodeCount; i++) node = this.#child(node, 0);
    if (node < nodeCount) throw new Error("a branch of its tree has no end");
    return node;
  }

  /** What a node leads to on a 0 or on a 1: a node, `nodeCount` for nothing, or beyond it data. */
  #child(node: number, side: 0 | 1): number {
    const { recordSize, nodeByteSize } = this.#reader.metadata;
    const at = node * nodeByteSize;
    if (recordSize === 32) return this.#file.readUInt32BE(at + 4 * side);
    if (recordSize === 24) return this.#file.readUIntBE(at + 3 * side, 3);
    if (recordSize !== 28) throw new Error(`records of ${recordSize} bits`);
    // The highest bits of both share the byte in the middle.
    const shared = this.#file.readUInt8(at + 3);
    const high = side === 0 ? shared >> 4 : shared & 15;
    return high * 0x1000000 + this.#file.readUIntBE(at + 4 * side, 3);
  }

  #placeOf(code: string): number {
    const known = this.codes.indexOf(code);
    return known < 0 ? this.codes.push(code) - 1 : known;
  }
}

/** Where it is, else where it is registered; `country_code` or `country` as text, as some other makers write it. */
function codeOf(found: unknown): string | undefined {
  for (const part of ["country", "registered_country"]) {
    const code = field(field(found, part), "iso_code");
    if (isCode(code)) return code;
  }
  for (const flat of ["country_code", "country"]) {
    const code = field(found, flat);
    if (isCode(code)) return code;
  }
  return undefined;
}

function isCode(code: unknown): code is string {
  return typeof code === "string" && /^[A-Z]{2}$/.test(code);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
