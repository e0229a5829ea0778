import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatLimit, newTally, note, parseLimit, reached } from "./tally.ts";

for (const [text, limit] of [
  ["6 in 10 min", { count: 6, within: 600_000 }],
  ["1 in 2 s", { count: 1, within: 2_000 }],
  ["20 in 1 d", { count: 20, within: 86_400_000 }],
] as const) {
  test(`limit: ${text}`, () => {
    assert.deepEqual(parseLimit(text), limit);
    assert.equal(formatLimit(limit), text);
  });
}

for (const text of [
  "",
  "6",
  "6 in 10",
  "0 in 10 min",
  "6 in 0 s",
  "6 per 10 min",
  "-1 in 1 s",
  "6 in 10 min x",
  "1e3 in 1 s",
]) {
  test(`no limit: "${text}"`, () => assert.equal(parseLimit(text), undefined));
}

test("property: a limit is reached exactly when so many lie within its time", () => {
  const limits = [
    { count: 3, within: 10 },
    { count: 5, within: 100 },
  ];
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (gaps) => {
      const tally = newTally();
      const times: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        times.push(now);
        note(tally, now, 5, 1, undefined);
        const expected = limits.find((l) => times.filter((at) => now - at < l.within).length >= l.count);
        assert.deepEqual(reached(tally, now, limits), expected);
        assert.ok(tally.at.length <= 5);
      }
    }),
  );
});

test("property: of different values each counts once, when it was seen last", () => {
  const limits = [{ count: 3, within: 50 }];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(30), fc.constantFrom("a", "b", "c", "d")), { maxLength: 60 }), (seen) => {
      const tally = newTally();
      const last = new Map<string, number>();
      let now = 0;
      for (const [gap, value] of seen) {
        now += gap;
        last.set(value, now);
        note(tally, now, 3, 1, value);
        const within = [...last.values()].filter((at) => now - at < 50).length;
        assert.equal(reached(tally, now, limits) !== undefined, within >= 3);
      }
    }),
  );
});
