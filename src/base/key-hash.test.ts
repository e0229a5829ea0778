import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyHash } from "./key-hash.ts";

const WORD = 0xffff_ffffn;
const rotate = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (32n - n))) & WORD;

/** HalfSipHash as its authors' paper and reference describe it, slowly. */
function reference(bytes: Uint8Array, k0: bigint, k1: bigint, compress: number, finish: number): [number, number] {
  const v = [k0, k1 ^ 0xeen, 0x6c796765n ^ k0, 0x74656462n ^ k1];
  const round = (): void => {
    v[0] = (v[0] + v[1]) & WORD;
    v[1] = rotate(v[1], 5n) ^ v[0];
    v[0] = rotate(v[0], 16n);
    v[2] = (v[2] + v[3]) & WORD;
    v[3] = rotate(v[3], 8n) ^ v[2];
    v[0] = (v[0] + v[3]) & WORD;
    v[3] = rotate(v[3], 7n) ^ v[0];
    v[2] = (v[2] + v[1]) & WORD;
    v[1] = rotate(v[1], 13n) ^ v[2];
    v[2] = rotate(v[2], 16n);
  };
  const take = (word: bigint): void => {
    v[3] ^= word;
    for (let i = 0; i < compress; i++) round();
    v[0] ^= word;
  };
  const whole = bytes.length - (bytes.length % 4);
  const wordAt = (at: number, end: number): bigint => {
    let word = 0n;
    for (let i = at; i < end; i++) word |= BigInt(bytes[i]) << BigInt(8 * (i - at));
    return word;
  };
  for (let at = 0; at < whole; at += 4) take(wordAt(at, at + 4));
  take(wordAt(whole, bytes.length) | (BigInt(bytes.length & 255) << 24n));
  v[2] ^= 0xeen;
  for (let i = 0; i < finish; i++) round();
  const low = v[1] ^ v[3];
  v[1] ^= 0xddn;
  for (let i = 0; i < finish; i++) round();
  return [Number(BigInt.asIntN(32, low)), Number(BigInt.asIntN(32, v[1] ^ v[3]))];
}

test("it is HalfSipHash-1-3 of 64 bits, for every text and secret", () => {
  const bytes = fc.uint8Array({ maxLength: 700 });
  const half = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(bytes, half, half, (b, k0, k1) => {
      const hash = new KeyHash(k0, k1);
      hash.of("something before");
      hash.of(Buffer.from(b).toString("latin1"));
      assert.deepEqual([hash.hash0, hash.hash1], reference(b, BigInt(k0), BigInt(k1), 1, 3));
    }),
  );
});

test("the same text again has the same hash, whatever came between", () => {
  const hash = new KeyHash(1, 2);
  hash.of("one");
  const first = [hash.hash0, hash.hash1];
  hash.of("one");
  assert.deepEqual([hash.hash0, hash.hash1], first);
  hash.of("two");
  assert.notDeepEqual([hash.hash0, hash.hash1], first);
  hash.of("one");
  assert.deepEqual([hash.hash0, hash.hash1], first);
});

test("a text as long as a message, and a longer one, are hashed to their end or to the cap", () => {
  const hash = new KeyHash(1, 2);
  const long = "x".repeat(70_000);
  hash.of(long);
  const first = [hash.hash0, hash.hash1];
  hash.of(`${long.slice(0, -1)}y`);
  assert.notDeepEqual([hash.hash0, hash.hash1], first);
  hash.of("x".repeat(1_000_000));
});
