import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newTally, note, reached } from "./tally.ts";

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
