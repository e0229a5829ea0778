import assert from "node:assert/strict";
import { test } from "node:test";
import { BoundedMap } from "./bounded.ts";
import { own } from "./text.ts";

test("a full map lets the oldest go and counts it", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  map.set("a", 3);
  map.set("c", 4);
  assert.deepEqual([map.get("a"), map.get("b"), map.get("c")], [undefined, 2, 4]);
  assert.equal(map.evicted, 1);
  assert.equal(map.size, 2);
});

test("own() gives back the same text", () => {
  for (const text of ["", "a", "abcdefghijkl", "abcdefghijklm", "x".repeat(1000)]) assert.equal(own(text), text);
});
