import assert from "node:assert/strict";
import { test } from "node:test";
import { type Health, type HealthRules, newHealth, onAnswer, onFailure } from "./health.ts";

const RULES: HealthRules = { downAfter: 2, upAfter: 3, expect: [] };

/** Numbers are answers to probes, words are failures. */
function play(events: readonly (number | string)[], rules = RULES): { h: Health; changes: number[] } {
  const h = newHealth("pbx", false, 0);
  const changes: number[] = [];
  for (const [i, e] of events.entries()) {
    const changed = typeof e === "number" ? onAnswer(h, e, rules, i) : onFailure(h, e, rules, i);
    if (changed) changes.push(i);
  }
  return { h, changes };
}

const cases: [name: string, events: (number | string)[], up: boolean, changes: number[]][] = [
  ["nothing heard yet: believed to be up", [], true, []],
  ["answers keep it up", [200, 404, 401], true, []],
  ["one failure is not enough", ["no answer"], true, []],
  ["two in a row are", ["no answer", "no answer"], false, [1]],
  ["an answer between them begins anew", ["no answer", 200, "no answer"], true, []],
  ["503 is a failure", [503, 503], false, [1]],
  ["down until three answers in a row", ["x", "x", 200, 200], false, [1]],
  ["then up", ["x", "x", 200, 200, 200], true, [1, 4]],
  ["a failure between them begins anew", ["x", "x", 200, 200, "x", 200, 200], false, [1]],
];
for (const [name, events, up, changes] of cases) {
  test(name, () => {
    const played = play(events);
    assert.deepEqual([played.h.up, played.changes], [up, changes]);
  });
}

test("with expected codes only those are a sign of life", () => {
  assert.equal(play([404, 404], { ...RULES, expect: [200] }).h.up, false);
  assert.equal(play([200, 404, 200], { ...RULES, expect: [200, 404] }).h.up, true);
  assert.equal(play([503, 503], { ...RULES, expect: [503] }).h.up, true);
});

test("it remembers what was met last and since when it is as it is", () => {
  const { h } = play([200, "no answer", "no answer", 503]);
  assert.deepEqual([h.last, h.since], ["503", 2]);
});
