import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NonceCounts } from "./counts.ts";
import { makeNonce } from "./nonce.ts";

const KEYS = { current: "c".repeat(32), previous: "p".repeat(32) };
const nonceAt = (now: number, serial: number): string => makeNonce(KEYS, now, "192.0.2.1", "r", serial);

/** Steps of [nc, request hash, expected], all with one nonce. */
const stories: [string, [number, number, string][]][] = [
  [
    "counts that rise",
    [
      [1, 10, "new"],
      [2, 20, "new"],
      [3, 30, "new"],
    ],
  ],
  [
    "a retransmission",
    [
      [1, 10, "new"],
      [1, 10, "again"],
      [1, 10, "again"],
    ],
  ],
  [
    "another request with a used count",
    [
      [1, 10, "new"],
      [1, 11, "replayed"],
    ],
  ],
  [
    "counts out of order",
    [
      [3, 30, "new"],
      [1, 10, "new"],
      [2, 20, "new"],
      [2, 20, "again"],
      [1, 99, "replayed"],
    ],
  ],
  [
    "a retransmission behind newer requests",
    [
      [1, 10, "new"],
      [2, 20, "new"],
      [4, 40, "new"],
      [1, 10, "again"],
    ],
  ],
  [
    "one too far behind to be told from a replay",
    [
      [1, 10, "new"],
      [5, 50, "new"],
      [1, 10, "replayed"],
    ],
  ],
  [
    "31 behind, unused",
    [
      [32, 1, "new"],
      [1, 2, "new"],
    ],
  ],
  [
    "32 behind",
    [
      [33, 1, "new"],
      [1, 2, "replayed"],
    ],
  ],
  [
    "a leap forgets no used count",
    [
      [1, 10, "new"],
      [9, 90, "new"],
      [1, 10, "replayed"],
      [5, 10, "new"],
    ],
  ],
  [
    "a leap of 100",
    [
      [1, 10, "new"],
      [101, 90, "new"],
      [100, 80, "new"],
      [69, 1, "replayed"],
    ],
  ],
  [
    "count zero",
    [
      [0, 10, "replayed"],
      [1, 10, "new"],
      [0, 10, "replayed"],
    ],
  ],
  [
    "a first count that is not 1",
    [
      [7, 10, "new"],
      [7, 10, "again"],
    ],
  ],
  [
    "the largest count",
    [
      [0xffffffff, 10, "new"],
      [0xffffffff, 10, "again"],
      [0xfffffffe, 9, "new"],
    ],
  ],
  [
    "a request hash of 0",
    [
      [1, 0, "new"],
      [1, 0, "again"],
      [2, 1, "new"],
      [3, 0, "new"],
    ],
  ],
];
for (const [name, steps] of stories) {
  test(`RFC 7616 3.3 nc: ${name}`, () => {
    const counts = new NonceCounts(64);
    const nonce = nonceAt(1_000, 1);
    for (const [nc, hash, expected] of steps)
      assert.equal(counts.use(nonce, nc, hash), expected, `nc ${nc} hash ${hash}`);
  });
}

test("nonces do not share their counts", () => {
  const counts = new NonceCounts(64);
  assert.equal(counts.use(nonceAt(1, 1), 1, 5), "new");
  assert.equal(counts.use(nonceAt(1, 2), 1, 5), "new");
  assert.equal(counts.use(nonceAt(1, 1), 1, 6), "replayed");
});

test("a full set lets the oldest go, and nothing that old comes in again", () => {
  const counts = new NonceCounts(4);
  const nonces = [1, 2, 3, 4, 5].map((n) => nonceAt(1_000 * n, n));
  for (const nonce of nonces) assert.equal(counts.use(nonce, 1, 7), "new");
  assert.equal(counts.use(nonces[0], 1, 7), "replayed", "forgotten, so its count cannot be told any more");
  assert.equal(counts.use(nonces[0], 2, 8), "replayed");
  for (const nonce of nonces.slice(1)) assert.equal(counts.use(nonce, 1, 7), "again");
  assert.equal(counts.use(nonceAt(1_500, 9), 1, 7), "replayed", "older than all that are kept");
  assert.equal(counts.use(nonceAt(9_000, 9), 1, 7), "new");
});

test("property: within any stream over any number of nonces, no count is taken twice", () => {
  const step = fc.record({ nonce: fc.nat(40), nc: fc.integer({ min: 0, max: 80 }), hash: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.constantFrom(4, 16, 256), (steps, size) => {
      const counts = new NonceCounts(size);
      const taken = new Map<string, number>();
      for (const { nonce, nc, hash } of steps) {
        const found = counts.use(nonceAt(1_000 + nonce, nonce), nc, hash);
        const key = `${nonce} ${nc}`;
        if (found === "new") assert.ok(!taken.has(key), `${key} taken twice`);
        if (found === "again") assert.equal(taken.get(key), hash, key);
        if (found === "new") taken.set(key, hash);
      }
    }),
  );
});
