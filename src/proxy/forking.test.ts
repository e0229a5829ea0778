import assert from "node:assert/strict";
import { test } from "node:test";
import { type Play, play } from "./play.fixture.ts";

/** How a branch ends, all having rung before. */
const OUTCOMES = ["200", "302", "401", "404", "486", "503", "603", "timeout"] as const;
type Outcome = (typeof OUTCOMES)[number];

/** Best first; 404 and 486 are alike, so the earlier one is taken. A branch that says nothing is not even a candidate. */
const PREFERENCE: readonly (readonly Outcome[])[] = [["603"], ["302"], ["401"], ["404", "486"], ["503"]];

interface Outcry {
  /** What went upstream as final responses. */
  upstream: string[];
  /** Branches that got a CANCEL, in the order of sending. */
  cancelled: number[];
}

function ring(branches: number): Play {
  const p = play(
    "INVITE",
    Array.from({ length: branches }, () => 1000),
  );
  p.tell("start");
  for (let i = 0; i < branches; i++) p.tell(`${i}:180`);
  return p;
}

/** Three branches that ring, and end in the order 0, 1, 2, whether cancelled meanwhile or not. */
function run(ends: readonly Outcome[]): Outcry {
  const p = ring(ends.length);
  const out: Outcry = { upstream: [], cancelled: [] };
  ends.forEach((end, i) => {
    for (const effect of p.tell(`${i}:${end}`).split(", ")) {
      const [kind, n] = effect.split(" ");
      if (kind === "forward") out.upstream.push(end);
      if (kind === "best") out.upstream.push(ends[Number(n)]);
      if (kind === "reply") out.upstream.push(`own ${n}`);
      if (kind === "cancel") out.cancelled.push(Number(n));
    }
  });
  return out;
}

/** RFC 3261 16.7 said once more, over the whole story and not step by step. */
function wanted(ends: readonly Outcome[]): Outcry {
  const decisive = ends.findIndex((end) => end === "200" || end === "603");
  const cancelled = decisive < 0 ? [] : ends.map((_, i) => i).filter((i) => i > decisive);
  const successes = ends.filter((end) => end === "200");
  if (successes.length > 0) return { upstream: successes, cancelled };
  const best = PREFERENCE.map((rank) => ends.find((end) => rank.includes(end))).find((end) => end !== undefined);
  return { upstream: [best === undefined ? "own 408" : best === "503" ? "own 500" : best], cancelled };
}

for (const first of OUTCOMES) {
  test(`16.7: three ringing branches, the first ends with ${first}`, () => {
    for (const second of OUTCOMES) {
      for (const third of OUTCOMES) {
        const ends = [first, second, third];
        assert.deepEqual(run(ends), wanted(ends), ends.join(" "));
      }
    }
  });
}

test("16.7.10: three branches in three states when the 2xx comes", () => {
  // State of the two others before it, then what happens to them.
  const rows: readonly (readonly [string, string[], string, string[], string[]])[] = [
    ["silent and ringing", ["1:180"], "forward, cancel 1", ["0:180", "1:487", "0:487"], ["cancel 0", "-", "done"]],
    ["silent and failed", ["1:486"], "forward", ["0:100", "0:487"], ["cancel 0", "done"]],
    ["trying and ringing", ["0:100", "1:183"], "forward, cancel 0, cancel 1", ["1:487", "0:487"], ["-", "done"]],
    ["failed and failed", ["0:404", "1:486"], "forward, done", [], []],
    ["silent and silent", [], "forward", ["0:timeout", "1:timeout"], ["-", "done"]],
    ["ringing and timed out", ["0:180", "1:timeout"], "forward, cancel 0", ["0:200"], ["forward, done"]],
  ];
  for (const [name, before, then, after, effects] of rows) {
    const p = play("INVITE", [1000, 1000, 1000]);
    p.tell("start");
    for (const event of before) p.tell(event);
    assert.equal(p.tell("2:200"), then, name);
    assert.deepEqual(
      after.map((event) => p.tell(event)),
      effects,
      name,
    );
  }
});

test("more branches than effects are shared for", () => {
  const p = play(
    "INVITE",
    Array.from({ length: 20 }, () => 1000),
  );
  assert.ok(p.tell("start").endsWith("start 18, start 19"));
  p.tell("19:180");
  assert.equal(p.tell("18:603"), "cancel 19");
  p.tell("+32000");
  for (let i = 0; i < 17; i++) p.tell(`${i}:timeout`);
  assert.equal(p.tell("17:404"), "best 18, done");
});
