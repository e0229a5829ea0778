import { parseCidr } from "../../src/base/index.ts";

/** What MMDB files hold, as far as these need it: texts, whole numbers, maps and lists. */
type Value = string | number | readonly Value[] | { readonly [key: string]: Value };

interface MmdbOptions {
  /** Of the addresses in the tree; 6: IPv4 stands in its first 96 zero bits, and again in 2002::/16, as in files one can buy. */
  readonly ipVersion?: 4 | 6;
  readonly recordSize?: 24 | 28 | 32;
}

/** A node: what follows on a 0 and on a 1; a node, the data of a block, or nothing. */
type Branch = Node | Value | undefined;
class Node {
  readonly next: [Branch, Branch] = [undefined, undefined];
}

/**
 * Writes a MaxMind DB (format 2.0) with a record for each block. A shorter prefix must come before a longer one in it, which then takes its place.
 */
export function writeMmdb(blocks: Readonly<Record<string, Value>>, o: MmdbOptions = {}): Buffer {
  const { ipVersion = 6, recordSize = 24 } = o;
  const root = new Node();
  for (const [text, value] of Object.entries(blocks)) insert(root, bitsOf(text, ipVersion), value);
  if (ipVersion === 6) aliasSixToFour(root);
  const nodes = numbered(root);
  const data = new Data();
  const record = (branch: Branch): number => {
    if (branch === undefined) return nodes.size;
    return branch instanceof Node ? (nodes.get(branch) as number) : nodes.size + 16 + data.add(branch);
  };
  const tree = Buffer.concat([...nodes.keys()].map((n) => nodeBytes(record(n.next[0]), record(n.next[1]), recordSize)));
  const metadata = encode({
    node_count: nodes.size,
    record_size: recordSize,
    ip_version: ipVersion,
    database_type: "Test-Country",
    languages: ["en"],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    description: { en: "of a test" },
  });
  const marker = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
  return Buffer.concat([tree, Buffer.alloc(16), data.bytes, marker, metadata]);
}

/** A record as files of countries have it. */
export function inCountry(code: string): Value {
  return { country: { iso_code: code, names: { en: code } } };
}

/** Each block of a text, all bits that matter. */
function bitsOf(text: string, ipVersion: 4 | 6): number[] {
  const block = parseCidr(text);
  if (block === undefined) throw new Error(text);
  const bits: number[] = [];
  for (let i = 0; i < block.bits; i++) bits.push((block.ip.bytes[i >> 3] >> (7 - (i & 7))) & 1);
  return ipVersion === 6 && block.ip.family === 4 ? [...new Array<number>(96).fill(0), ...bits] : bits;
}

function insert(root: Node, bits: readonly number[], value: Value): void {
  let at = root;
  for (const bit of bits.slice(0, -1)) {
    const branch = at.next[bit];
    if (branch instanceof Node) at = branch;
    else {
      // What was said of the whole block still holds for the rest of it.
      const made = new Node();
      made.next[0] = branch;
      made.next[1] = branch;
      at.next[bit] = made;
      at = made;
    }
  }
  at.next[bits[bits.length - 1]] = value;
}

function aliasSixToFour(root: Node): void {
  let v4: Branch = root;
  for (let i = 0; i < 96 && v4 instanceof Node; i++) v4 = v4.next[0];
  if (!(v4 instanceof Node)) return;
  let at = root;
  for (const bit of bitsOf("2002::/16", 6).slice(0, -1)) {
    const branch = at.next[bit];
    const next = branch instanceof Node ? branch : new Node();
    at.next[bit] = next;
    at = next;
  }
  at.next[0] = v4;
}

function numbered(root: Node): Map<Node, number> {
  const nodes = new Map<Node, number>([[root, 0]]);
  for (const node of nodes.keys()) {
    for (const branch of node.next) if (branch instanceof Node && !nodes.has(branch)) nodes.set(branch, nodes.size);
  }
  return nodes;
}

function nodeBytes(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc((recordSize * 2) / 8);
  if (recordSize === 32) {
    bytes.writeUInt32BE(left, 0);
    bytes.writeUInt32BE(right, 4);
    return bytes;
  }
  bytes.writeUIntBE(left & 0xffffff, 0, 3);
  if (recordSize === 28) bytes[3] = ((left >> 24) << 4) | (right >> 24);
  bytes.writeUIntBE(right & 0xffffff, recordSize === 28 ? 4 : 3, 3);
  return bytes;
}

/** The data section; a value that is there already is not written twice. */
class Data {
  bytes = Buffer.alloc(0);
  readonly #known = new Map<string, number>();

  add(value: Value): number {
    const name = JSON.stringify(value);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const at = this.bytes.length;
    this.bytes = Buffer.concat([this.bytes, encode(value)]);
    this.#known.set(name, at);
    return at;
  }
}

const TYPE = { text: 2, uint32: 6, map: 7, list: 11 };

function encode(value: Value): Buffer {
  if (typeof value === "string")
    return Buffer.concat([control(TYPE.text, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(TYPE.uint32, 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(TYPE.list, value.length), ...value.map(encode)]);
  const pairs = Object.entries(value).flatMap(([key, each]) => [encode(key), encode(each)]);
  return Buffer.concat([control(TYPE.map, pairs.length / 2), ...pairs]);
}

/** Type and size: types above 7 take a second byte. Sizes here are below 29. */
function control(type: number, size: number): Buffer {
  if (size >= 29) throw new Error("too long for this writer");
  return type > 7 ? Buffer.from([size, type - 7]) : Buffer.from([(type << 5) | size]);
}
