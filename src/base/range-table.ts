import { type Cidr, formatCidr } from "./cidr.ts";
import type { Ip } from "./ip.ts";

/**
 * Ranges of addresses, sorted, none touching another of the same value, in memory that threads share. IPv6 counts by its first 64 bits:
 * whoever has one address of a /64 has them all.
 */
export interface RangeTable {
  /** First and last address of each range. */
  readonly v4: Uint32Array;
  /** First and last /64 of each range, two words each. */
  readonly v6: Uint32Array;
  /** The value of each range. */
  readonly of4: Uint16Array;
  readonly of6: Uint16Array;
}

/** One range to be entered; `first` and `last` are numbers of IPv4 addresses, or of /64s of IPv6. */
interface Entered {
  readonly first: bigint;
  readonly last: bigint;
  readonly value: number;
}

const WORD = 32n;
/** Blocks that one table is told as, at most; the rest is left out. */
const BLOCKS = 1_000_000;

/**
 * Gathers blocks in any order, or ranges with values, and makes a table of them. Where two overlap, the one that begins first keeps what it has.
 */
export class RangeBuilder {
  /** IPv4 blocks as one number each, so that they sort without an object: address * 64 + length. */
  readonly #blocks: number[] = [];
  readonly #v4: Entered[] = [];
  readonly #v6: Entered[] = [];

  /** Of value 0; blocks of IPv4 are not for a table that has ranges of it too. */
  add({ ip, bits }: Cidr): void {
    if (ip.family === 4) this.#blocks.push(numberOf4(ip) * 64 + bits);
    else {
      const first = word64(ip.bytes);
      const size = 1n << BigInt(64 - Math.min(bits, 64));
      this.#v6.push({ first, last: first + size - 1n, value: 0 });
    }
  }

  addRange(family: 4 | 6, first: bigint, last: bigint, value: number): void {
    (family === 4 ? this.#v4 : this.#v6).push({ first, last, value });
  }

  build(): RangeTable {
    const ranges = merged(this.#v4.sort(byFirst));
    const v4 = ranges.length === 0 ? this.#mergedBlocks() : Uint32Array.from(ranges.flatMap(ends));
    const v6 = merged(this.#v6.sort(byFirst));
    const table: RangeTable = {
      v4: new Uint32Array(shared(v4.length * 4)),
      v6: new Uint32Array(shared(v6.length * 16)),
      of4: new Uint16Array(shared(v4.length)),
      of6: new Uint16Array(shared(v6.length * 2)),
    };
    table.v4.set(v4);
    ranges.forEach(({ value }, i) => {
      table.of4[i] = value;
    });
    v6.forEach(({ first, last, value }, i) => {
      table.v6.set([high(first), low(first), high(last), low(last)], 4 * i);
      table.of6[i] = value;
    });
    return table;
  }

  /** First and last address of each, without an object for any: there may be half a million. */
  #mergedBlocks(): Uint32Array {
    const sorted = Float64Array.from(this.#blocks).sort();
    const pairs = new Uint32Array(2 * sorted.length);
    let end = 0;
    for (const key of sorted) {
      const first = Math.floor(key / 64);
      const last = first + 2 ** (32 - (key % 64)) - 1;
      if (end > 0 && first <= pairs[end - 1] + 1) pairs[end - 1] = Math.max(pairs[end - 1], last);
      else {
        pairs[end++] = first;
        pairs[end++] = last;
      }
    }
    return pairs.subarray(0, end);
  }
}

export const NO_RANGES: RangeTable = new RangeBuilder().build();

/** Value of the range that holds the address; -1 when none does. HOT: no garbage. */
export function findRange(table: RangeTable, { family, bytes }: Ip): number {
  if (family === 4) {
    const at = find4(table.v4, wordAt(bytes, 0));
    return at < 0 ? -1 : table.of4[at];
  }
  const at = find6(table.v6, wordAt(bytes, 0), wordAt(bytes, 4));
  return at < 0 ? -1 : table.of6[at];
}

/** How many ranges there are, of both families. */
export function countRanges({ of4, of6 }: RangeTable): number {
  return of4.length + of6.length;
}

/** The table as blocks of addresses, without what is in `without`. IPv6 no narrower than /64. */
export function blocksOf({ v4, v6 }: RangeTable, without: RangeTable): string[] {
  const blocks: string[] = [];
  for (let i = 0; i < v4.length; i += 2) {
    // Most are single addresses.
    if (v4[i] === v4[i + 1]) {
      if (find4(without.v4, v4[i]) < 0) blocks.push(text4(v4[i]));
    } else split(4, BigInt(v4[i]), BigInt(v4[i + 1]), without, blocks);
  }
  for (let i = 0; i < v6.length; i += 4) {
    split(6, join(v6[i], v6[i + 1]), join(v6[i + 2], v6[i + 3]), without, blocks);
  }
  return blocks;
}

/** How many ranges of one table touch the other, which has few. */
export function countTouching(table: RangeTable, other: RangeTable): number {
  let count = 0;
  for (let i = 0; i < table.v4.length; i += 2) if (touches4(other.v4, table.v4[i], table.v4[i + 1])) count++;
  for (let i = 0; i < table.v6.length; i += 4) {
    const first = join(table.v6[i], table.v6[i + 1]);
    if (touches6(other.v6, first, join(table.v6[i + 2], table.v6[i + 3]))) count++;
  }
  return count;
}

function find4(ranges: Uint32Array, n: number): number {
  let from = 0;
  let to = (ranges.length >> 1) - 1;
  while (from <= to) {
    const middle = (from + to) >> 1;
    if (n < ranges[2 * middle]) to = middle - 1;
    else if (n > ranges[2 * middle + 1]) from = middle + 1;
    else return middle;
  }
  return -1;
}

function find6(ranges: Uint32Array, hi: number, lo: number): number {
  let from = 0;
  let to = (ranges.length >> 2) - 1;
  while (from <= to) {
    const middle = (from + to) >> 1;
    const at = 4 * middle;
    if (hi < ranges[at] || (hi === ranges[at] && lo < ranges[at + 1])) to = middle - 1;
    else if (hi > ranges[at + 2] || (hi === ranges[at + 2] && lo > ranges[at + 3])) from = middle + 1;
    else return middle;
  }
  return -1;
}

/** Few ranges (the never-list) against many: one after the other. */
function touches4(ranges: Uint32Array, first: number, last: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) if (first <= ranges[i + 1] && last >= ranges[i]) return true;
  return false;
}

function touches6(ranges: Uint32Array, first: bigint, last: bigint): boolean {
  for (let i = 0; i < ranges.length; i += 4) {
    if (first <= join(ranges[i + 2], ranges[i + 3]) && last >= join(ranges[i], ranges[i + 1])) return true;
  }
  return false;
}

/** Cuts a range into blocks, the widest that fit, one after the other. */
function split(family: 4 | 6, first: bigint, last: bigint, without: RangeTable, blocks: string[]): void {
  const width = family === 4 ? 32 : 64;
  for (let from = first; from <= last && blocks.length < BLOCKS; ) {
    let bits = width;
    while (bits > 0) {
      const size = 1n << BigInt(width - bits + 1);
      if (from % size !== 0n || from + size - 1n > last) break;
      bits--;
    }
    const end = from + (1n << BigInt(width - bits)) - 1n;
    tellBlock({ family, from, end, bits }, without, blocks);
    from = end + 1n;
  }
}

interface Block {
  readonly family: 4 | 6;
  readonly from: bigint;
  readonly end: bigint;
  readonly bits: number;
}

/** A block, or what is left of it, halved until no half holds what is spared. */
function tellBlock({ family, from, end, bits }: Block, without: RangeTable, blocks: string[]): void {
  const touched = family === 4 ? touches4(without.v4, Number(from), Number(end)) : touches6(without.v6, from, end);
  if (!touched) blocks.push(formatCidr({ ip: ipOf(family, from), bits }));
  else if (from < end) {
    const middle = from + (end - from) / 2n;
    tellBlock({ family, from, end: middle, bits: bits + 1 }, without, blocks);
    tellBlock({ family, from: middle + 1n, end, bits: bits + 1 }, without, blocks);
  }
}

/** Sorted ones of one value that touch become one. */
function merged(sorted: readonly Entered[]): Entered[] {
  const ranges: Entered[] = [];
  for (const { first, last, value } of sorted) {
    const before = ranges.at(-1);
    if (before === undefined || first > before.last + 1n || (first > before.last && value !== before.value)) {
      ranges.push({ first, last, value });
    } else if (value === before.value) {
      if (last > before.last) ranges[ranges.length - 1] = { ...before, last };
    } else if (last > before.last) ranges.push({ first: before.last + 1n, last, value });
  }
  return ranges;
}

function ends({ first, last }: Entered): number[] {
  return [Number(first), Number(last)];
}

function byFirst(a: Entered, b: Entered): number {
  return a.first < b.first ? -1 : a.first > b.first ? 1 : 0;
}

/** The address, or the first one of a /64, of such a number. */
export function ipOf(family: 4 | 6, number: bigint): Ip {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  const width = family === 4 ? 4 : 8;
  for (let i = width - 1; i >= 0; i--, number >>= 8n) bytes[i] = Number(number & 255n);
  return { family, bytes };
}

function numberOf4({ bytes }: Ip): number {
  return wordAt(bytes, 0);
}

function text4(n: number): string {
  return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

function word64(bytes: Uint8Array): bigint {
  return join(wordAt(bytes, 0), wordAt(bytes, 4));
}

function join(hi: number, lo: number): bigint {
  return (BigInt(hi) << WORD) | BigInt(lo);
}

function high(n: bigint): number {
  return Number(n >> WORD);
}

function low(n: bigint): number {
  return Number(n & 0xffff_ffffn);
}

function shared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}
