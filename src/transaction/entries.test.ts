import assert from "node:assert/strict";
import { test } from "node:test";
import { Entries } from "./entries.ts";

/** Puts a record; its time is the number that `place` gave it. */
function add(e: Entries, lane0: number, lane1: number): number {
  const id = e.place(0);
  if (e.kind(id) !== 0) e.remove(id);
  e.fill(id, lane0, lane1, 1, -1, 1_000);
  return id;
}

test("both lanes of the hash count", () => {
  const e = new Entries(16);
  assert.equal(e.find(7, 8), -1, "empty");
  const id = add(e, 7, 8);
  assert.equal(e.find(7, 8), id);
  assert.equal(e.find(7, 9), -1);
  assert.equal(e.find(8, 8), -1);
});

test("records of one bucket are told apart, and each can be taken out: first, middle, last", () => {
  for (const victim of [0, 1, 2]) {
    const e = new Entries(16);
    const ids = [1, 2, 3].map((lane1) => add(e, 7, lane1));
    e.remove(ids[victim]);
    assert.deepEqual(
      [1, 2, 3].map((lane1) => e.find(7, lane1)),
      ids.map((id, n) => (n === victim ? -1 : id)),
    );
    assert.equal(e.kind(ids[victim]), 0);
  }
});

test("no record is lost while buckets are split, those of negative hashes neither", () => {
  const e = new Entries(1 << 16);
  const ids: number[] = [];
  for (let n = 0; n < 40_000; n++) {
    ids.push(add(e, Math.imul(n, 0x9e37_79b1), n));
    if (n % 1_000 === 0) for (let i = 0; i <= n; i += 97) assert.equal(e.find(Math.imul(i, 0x9e37_79b1), i), ids[i]);
  }
  for (let i = 0; i < 40_000; i++) assert.equal(e.find(Math.imul(i, 0x9e37_79b1), i), ids[i]);
});

test("pages: another one while the oldest is wanted, the oldest once it is not or no more may be taken", () => {
  const e = new Entries(16);
  const pageOf = (now: number, until: number): number => {
    const id = e.place(now);
    if (e.kind(id) !== 0) e.remove(id);
    e.fill(id, id, id, 1, -1, until);
    return id >> 2;
  };
  const fillPage = (now: number, until: number): number[] => [1, 2, 3, 4].map(() => pageOf(now, until));
  assert.deepEqual(fillPage(0, 100), [0, 0, 0, 0]);
  assert.deepEqual(fillPage(50, 150), [1, 1, 1, 1], "page 0 is wanted");
  assert.deepEqual(fillPage(100, 300), [0, 0, 0, 0], "page 0 is past");
  assert.deepEqual(fillPage(149, 300), [2, 2, 2, 2], "page 1 is wanted");
  assert.deepEqual(fillPage(150, 300), [1, 1, 1, 1], "page 1 is past and the oldest");
  assert.deepEqual(fillPage(160, 300), [3, 3, 3, 3], "all are wanted");
  assert.deepEqual(fillPage(170, 300), [0, 0, 0, 0], "no more pages: the oldest");
});
