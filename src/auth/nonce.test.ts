import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkNonce, makeNonce, nonceTime } from "./nonce.ts";

const KEYS = { current: "c".repeat(32), previous: "p".repeat(32) };
const NOW = 1_790_000_000_000;
const SOURCE = "203.0.113.7";
const REALM = "example.org";
const LIFETIME = 300_000;
const nonce = makeNonce(KEYS, NOW, SOURCE, REALM, 1);

const cases: [string, () => string, string][] = [
  ["at once", () => checkNonce(KEYS, nonce, NOW, SOURCE, REALM, LIFETIME), "fresh"],
  ["at the end of its life", () => checkNonce(KEYS, nonce, NOW + LIFETIME, SOURCE, REALM, LIFETIME), "fresh"],
  ["after its life", () => checkNonce(KEYS, nonce, NOW + LIFETIME + 1, SOURCE, REALM, LIFETIME), "stale"],
  ["from the future: the clock was set back", () => checkNonce(KEYS, nonce, NOW - 1, SOURCE, REALM, LIFETIME), "stale"],
  ["from another address", () => checkNonce(KEYS, nonce, NOW, "203.0.113.8", REALM, LIFETIME), "foreign"],
  ["for another realm", () => checkNonce(KEYS, nonce, NOW, SOURCE, "example.net", LIFETIME), "foreign"],
  [
    "under the previous key",
    () => checkNonce({ current: "n", previous: KEYS.current }, nonce, NOW, SOURCE, REALM, LIFETIME),
    "fresh",
  ],
  [
    "under a key that is gone",
    () => checkNonce({ current: "n", previous: "o" }, nonce, NOW, SOURCE, REALM, LIFETIME),
    "foreign",
  ],
  ["cut", () => checkNonce(KEYS, nonce.slice(0, -1), NOW, SOURCE, REALM, LIFETIME), "foreign"],
  ["longer", () => checkNonce(KEYS, `${nonce}0`, NOW, SOURCE, REALM, LIFETIME), "foreign"],
  ["empty", () => checkNonce(KEYS, "", NOW, SOURCE, REALM, LIFETIME), "foreign"],
  ["in upper case", () => checkNonce(KEYS, nonce.toUpperCase(), NOW, SOURCE, REALM, LIFETIME), "foreign"],
  [
    "somebody else's",
    () => checkNonce(KEYS, "dcd98b7102dd2f0e8b11d0f600bfb0c093", NOW, SOURCE, REALM, LIFETIME),
    "foreign",
  ],
];
for (const [name, run, expected] of cases) test(`a nonce ${name} is ${expected}`, () => assert.equal(run(), expected));

test("field borders: address and realm do not run into each other", () => {
  assert.equal(checkNonce(KEYS, makeNonce(KEYS, NOW, "10.0.0.1", "1x", 1), NOW, "10.0.0.11", "x", LIFETIME), "foreign");
});

const source = fc.ipV4();
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const serial = fc.integer({ min: 0, max: 0xffffffff });

test("property: what is made is fresh for its source and realm, and tells its time", () => {
  fc.assert(
    fc.property(source, time, serial, fc.domain(), (s, t, n, realm) => {
      const made = makeNonce(KEYS, t, s, realm, n);
      assert.equal(checkNonce(KEYS, made, t + 1, s, realm, LIFETIME), "fresh");
      assert.equal(nonceTime(made), t);
    }),
  );
});

test("property: any one character changed makes it foreign", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: nonce.length - 1 }), fc.integer({ min: 32, max: 126 }), (at, code) => {
      const tampered = nonce.slice(0, at) + String.fromCharCode(code) + nonce.slice(at + 1);
      fc.pre(tampered !== nonce);
      assert.equal(checkNonce(KEYS, tampered, NOW, SOURCE, REALM, LIFETIME), "foreign");
    }),
  );
});

test("property: two serials, two nonces", () => {
  fc.assert(
    fc.property(serial, serial, (a, b) => {
      const same = makeNonce(KEYS, NOW, SOURCE, REALM, a) === makeNonce(KEYS, NOW, SOURCE, REALM, b);
      assert.equal(same, a === b);
    }),
  );
});
