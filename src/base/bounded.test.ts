import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BoundedMap } from "./bounded.ts";
import { own } from "./text.ts";

test("a full map forgets its older half, and never what is among the last half of its cap", () => {
  const map = new BoundedMap<string, number>(4);
  for (const [i, key] of ["a", "b", "c", "d"].entries()) map.set(key, i);
  assert.deepEqual([map.get("a"), map.get("b"), map.get("c"), map.get("d")], [0, 1, 2, 3]);
  map.set("e", 4);
  assert.deepEqual(
    [map.get("a"), map.get("b"), map.get("c"), map.get("d"), map.get("e")],
    [undefined, undefined, 2, 3, 4],
  );
  assert.equal(map.delete("c"), true);
  assert.equal(map.delete("c"), false);
  assert.equal(map.size, 2);
});

test("whatever is set and deleted: a key gives its last value or none, and the cap holds", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean()), { maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 2, max: 10 }), (all, cap) => {
      const map = new BoundedMap<number, number>(cap);
      const truth = new Map<number, number>();
      for (const [i, [key, put]] of all.entries()) {
        if (put) {
          map.set(key, i);
          truth.set(key, i);
          assert.equal(map.get(key), i);
        } else {
          map.delete(key);
          truth.delete(key);
        }
        assert.ok(map.size <= cap);
        for (let k = 0; k <= 12; k++) assert.ok(map.get(k) === undefined || map.get(k) === truth.get(k));
      }
    }),
  );
});

test("own() gives back the same text", () => {
  for (const text of ["", "a", "abcdefghijkl", "abcdefghijklm", "x".repeat(1000)]) assert.equal(own(text), text);
});
