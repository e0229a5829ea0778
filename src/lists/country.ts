import { type CountryResponse, Reader } from "mmdb-lib";
import {
  BoundedMap,
  type Cidr,
  formatIp,
  inCidr,
  ipOf,
  parseCidr,
  RangeBuilder,
  type RangeTable,
} from "../base/index.ts";
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

/** Where IPv6 addresses of the internet are; the rest of the tree is IPv4 again, and private networks. */
const UNICAST: Cidr[] = ["2000::/3", "fc00::/7", "fe80::/10"].flatMap((text) => parseCidr(text) ?? []);
/** Records that are remembered while a file is read: many networks share one. */
const RECORDS = 16_384;
/** 6to4 and Teredo: files repeat the whole of IPv4 there. */
const REPEATED: Cidr[] = ["2002::/16", "2001::/32"].flatMap((text) => parseCidr(text) ?? []);

/**
 * Reads a whole MMDB file into ranges: a look-up then is a binary search, whatever the file holds, and nothing of the file is read while a
 * packet waits. Throws what is wrong with it.
 */
export function readCountries(bytes: Uint8Array): CountryTable {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new Reader<CountryResponse>(file, { cache: new BoundedMap<string | number, unknown>(RECORDS) });
  const { ipVersion, databaseType, buildEpoch } = reader.metadata;
  const walk = new Walk(reader);
  walk.over(4, 0n, 0xffff_ffffn);
  if (ipVersion === 6) {
    for (const { ip, bits } of UNICAST) {
      const first = BigInt(`0x${Buffer.from(ip.bytes.subarray(0, 8)).toString("hex")}`);
      walk.over(6, first, first + (1n << BigInt(64 - bits)) - 1n);
    }
  }
  if (walk.codes.length === 0) throw new Error("it names no country for any address");
  return { table: walk.ranges.build(), codes: walk.codes, type: databaseType, built: buildEpoch.getTime() };
}

/** Goes from network to network: each look-up says how far its answer reaches. */
class Walk {
  readonly ranges = new RangeBuilder();
  readonly codes: string[] = [];
  readonly #reader: Reader<CountryResponse>;
  readonly #index = new Map<string, number>();
  #networks = 0;

  constructor(reader: Reader<CountryResponse>) {
    this.#reader = reader;
  }

  over(family: 4 | 6, first: bigint, last: bigint): void {
    const width = family === 4 ? 32 : 64;
    for (let at = first; at <= last; ) {
      if (++this.#networks > COUNTRY_LIMITS.networks)
        throw new Error(`it tells more than ${COUNTRY_LIMITS.networks} networks apart`);
      const ip = ipOf(family, at);
      const repeated = REPEATED.find((block) => inCidr(block, ip));
      const [found, length] = repeated ? [null, repeated.bits] : this.#reader.getWithPrefixLength(formatIp(ip));
      // An answer for less than a /64 counts for all of it; one for more than is left ends with it.
      const bits = Math.max(0, Math.min(width, length));
      const size = 1n << BigInt(width - bits);
      const end = at - (at % size) + size - 1n;
      const code = codeOf(found);
      if (code !== undefined) this.ranges.addRange(family, at, end < last ? end : last, this.#valueOf(code));
      at = end + 1n;
    }
  }

  #valueOf(code: string): number {
    const known = this.#index.get(code);
    if (known !== undefined) return known;
    const value = this.codes.push(code) - 1;
    this.#index.set(code, value);
    return value;
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
