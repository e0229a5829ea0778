import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Choice, order } from "./order.ts";

const choice = (name: string, over: Partial<Choice> = {}): Choice => ({
  name,
  weight: 1,
  priority: 1,
  up: true,
  draining: false,
  ...over,
});
const names = (list: readonly Choice[]): string => list.map((c) => c.name).join(" ");
const falling = (i: number): number => 0.9 - i / 10;

const cases: [name: string, all: Choice[], expected: string][] = [
  ["one", [choice("a")], "a"],
  ["one that is down is tried all the same", [choice("a", { up: false })], "a"],
  ["one that drains gets nothing", [choice("a", { draining: true })], ""],
  ["lower priority first", [choice("a", { priority: 2 }), choice("b")], "b a"],
  ["the standby alone when the active one is down", [choice("a", { up: false }), choice("b", { priority: 2 })], "b"],
  ["all down: all are tried", [choice("a", { up: false }), choice("b", { up: false })], "a b"],
  ["a draining one is passed over", [choice("a", { draining: true }), choice("b"), choice("c")], "b c"],
  ["no share: last among equals", [choice("a", { weight: 0 }), choice("b")], "b a"],
];
for (const [name, all, expected] of cases) test(name, () => assert.equal(names(order(all, falling)), expected));

test("shares: first places are as the weights", () => {
  const all = [choice("a", { weight: 3 }), choice("b", { weight: 1 })];
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  let a = 0;
  for (let i = 0; i < 10_000; i++) if (order(all, random)[0].name === "a") a++;
  assert.ok(a > 7_200 && a < 7_800, `${a} of 10,000, expected 7,500`);
});

test("rendezvous: a backend that goes down moves nobody else's calls", () => {
  const draws = fc.array(fc.double({ min: 0.001, max: 0.999, noNaN: true }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(draws, fc.integer({ min: 0, max: 2 }), (d, lost) => {
      const all = ["a", "b", "c"].map((n) => choice(n));
      const before = order(all, (i) => d[i]);
      const after = order(
        all.map((c, i) => (i === lost ? { ...c, up: false } : c)),
        (i) => d[i],
      );
      assert.deepEqual(
        after.map((c) => c.name),
        before.map((c) => c.name).filter((n) => n !== all[lost].name),
      );
    }),
  );
});
