import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Hashed, HashTable } from "./hash-table.ts";
import { KeyHash } from "./key-hash.ts";

const item = (key: string): Hashed => ({ key, hash0: 0, hash1: 0, after: null });

test("it does what a Map does, whatever comes and goes", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.boolean()), { maxLength: 400 });
  fc.assert(
    fc.property(steps, (all) => {
      const table = new HashTable<Hashed>(new KeyHash(1, 2));
      const truth = new Map<string, Hashed>();
      for (const [n, put] of all) {
        const key = `k${n}`;
        const known = truth.get(key);
        if (put && known === undefined) {
          const added = item(key);
          table.add(added);
          truth.set(key, added);
        } else if (!put && known !== undefined) {
          assert.equal(table.remove(known), true);
          assert.equal(table.remove(known), false);
          assert.equal(known.after, null, "nothing leads on from what is gone");
          truth.delete(key);
        }
        assert.equal(table.size, truth.size);
      }
      for (let n = 0; n <= 60; n++) assert.equal(table.find(`k${n}`), truth.get(`k${n}`));
    }),
  );
});

test("a hundred thousand items, each found, each removed", () => {
  const table = new HashTable<Hashed>(new KeyHash(3, 4));
  const items = Array.from({ length: 100_000 }, (_, i) => item(`z9hG4bK${i} 127.0.0.1:5060 INVITE`));
  for (const i of items) table.add(i);
  for (const i of items) assert.equal(table.find(i.key), i);
  for (const i of items) assert.equal(table.remove(i), true);
  assert.equal(table.size, 0);
  for (const i of items) assert.equal(table.find(i.key), undefined);
});
