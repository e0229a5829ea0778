import assert from "node:assert/strict";
import { test } from "node:test";
import { Busiest } from "./busiest.ts";

/** So many packets of each source, in turns. */
function send(busiest: Busiest, packets: Readonly<Record<string, number>>, admitted = true): void {
  for (const [source, n] of Object.entries(packets)) for (let i = 0; i < n; i++) busiest.count(source, admitted);
}

function told(busiest: Busiest, now: number): string[] {
  return busiest.take(now).sources.map((s) => `${s.source} ${s.packets} ${s.refused}`);
}

test("nothing is counted before somebody asks, nor 5 s after the last one did", () => {
  const busiest = new Busiest();
  assert.equal(busiest.watching, false);
  assert.deepEqual(busiest.take(0), { ms: 0, sources: [] });
  assert.equal(busiest.watching, true);
  busiest.tick(4_999);
  assert.equal(busiest.watching, true);
  busiest.tick(5_000);
  assert.equal(busiest.watching, false);
});

test("each answer is of the time since the one before, busiest first", () => {
  const busiest = new Busiest();
  busiest.take(0);
  send(busiest, { a: 3, b: 5 });
  send(busiest, { a: 4 }, false);
  assert.deepEqual(told(busiest, 1_000), ["a 7 4", "b 5 0"]);
  send(busiest, { c: 1 });
  const { ms, sources } = busiest.take(1_500);
  assert.deepEqual([ms, sources.map((s) => s.source)], [500, ["c"]]);
});

test("forged addresses without end push nobody out who sends much, and take no more than 256 places", () => {
  const busiest = new Busiest();
  busiest.take(0);
  for (let i = 0; i < 100_000; i++) {
    busiest.count(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, true);
    if (i % 50 === 0) busiest.count("198.51.100.7", true);
  }
  const { sources } = busiest.take(1_000);
  assert.equal(sources[0].source, "198.51.100.7");
  assert.ok(sources[0].packets > 1_900, `${sources[0].packets} of 2,000`);
  assert.ok(sources.length <= 64);
});
