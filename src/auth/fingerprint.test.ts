import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LIMITS } from "../base/index.ts";
import { fingerprint } from "./fingerprint.ts";

const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)), maxLength: 300 });

test("property: the same text hashes alike, whatever was hashed in between", () => {
  fc.assert(
    fc.property(latin1, latin1, fc.nat(), (text, other, key) => {
      const first = fingerprint(text, key);
      fingerprint(other + "x".repeat(400), key);
      assert.equal(fingerprint(text, key), first);
    }),
  );
});

test("property: one character changed, added or taken away changes it, under each key differently", () => {
  fc.assert(
    fc.property(latin1, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(), (text, at, change, key) => {
      const first = fingerprint(text, key);
      assert.notEqual(fingerprint(`${text}\0`, key), first);
      assert.notEqual(fingerprint(text, key + 1), first);
      fc.pre(text !== "");
      const i = at % text.length;
      const changed = text.slice(0, i) + String.fromCharCode(text.charCodeAt(i) ^ change) + text.slice(i + 1);
      assert.notEqual(fingerprint(changed, key), first);
      assert.notEqual(fingerprint(text.slice(0, -1), key), first);
    }),
  );
});

test("the pairs of bits that cancel out in murmur's mixing do not here", () => {
  const flip = (text: string, at: number, bits: number): string =>
    text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ bits) + text.slice(at + 1);
  const text = "Contact: <sip:anna@10.0.0.5>";
  for (let at = 3; at + 4 < text.length; at += 4)
    for (let bit = 0; bit < 8; bit++)
      for (let next = 1; next <= 4; next++)
        assert.notEqual(fingerprint(flip(flip(text, at, 128), at + next, 1 << bit), 7), fingerprint(text, 7));
});

test("the longest message is hashed to its end", () => {
  const text = "x".repeat(LIMITS.message - 1);
  assert.notEqual(fingerprint(`${text}a`, 1), fingerprint(`${text}b`, 1));
});
