import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, median, tells } from "./statistics.ts";

/** The same numbers each time, evenly in 0 to 1 (Lehmer's generator). */
function numbers(seed: number): () => number {
  let x = seed;
  return () => {
    x = (x * 16_807) % 2_147_483_647;
    return x / 2_147_483_647;
  };
}

test("the rank test against values of the textbook", () => {
  // Mann and Whitney's U for 5 and 5 without ties, all of one side above: U = 25, z = (25 - 12.5) / sqrt(22.9166).
  const { z, ms } = compare([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]);
  assert.ok(Math.abs(z - 2.611) < 0.001, `${z}`);
  assert.equal(ms, 5);
  assert.equal(compare([1, 1, 1], [1, 1, 1]).z, 0, "ties alone say nothing");
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([]), 0);
});

test("noise of one line is no difference: not once in 2,000 pairs of series", () => {
  const next = numbers(42);
  // As answers over a network come: most alike, some late.
  const time = (): number => 20 + 3 * next() + (next() > 0.9 ? 100 * next() : 0);
  const series = (): number[] => Array.from({ length: 25 }, time);
  let cried = 0;
  for (let i = 0; i < 2_000; i++) if (tells(compare(series(), series()))) cried++;
  assert.equal(cried, 0);
});

test("5 ms more on a line where one answer in twenty is late are seen, nearly each time", () => {
  const next = numbers(4_242);
  const time = (more: number): number => 20 + more + 3 * next() + (next() > 0.95 ? 100 * next() : 0);
  const series = (more: number): number[] => Array.from({ length: 25 }, () => time(more));
  let seen = 0;
  for (let i = 0; i < 100; i++) if (tells(compare(series(0), series(5)))) seen++;
  assert.ok(seen >= 90, `${seen} of 100`);
});
