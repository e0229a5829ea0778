import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Timed, TimerWheel } from "./timers.ts";

interface Item extends Timed {
  name: number;
  wanted: number;
}
const item = (name: number): Item => ({ name, wanted: 0, at: 0, next: null, prev: null });

function runTo(wheel: TimerWheel<Item>, from: number, to: number, stepMs: number): { name: number; at: number }[] {
  const fired: { name: number; at: number }[] = [];
  for (let now = from; now <= to; now += stepMs) wheel.advance(now, (i) => fired.push({ name: i.name, at: now }));
  return fired;
}

test("a timer fires once, not early, at most two ticks late", () => {
  for (const after of [1, 10, 500, 2_559, 2_560, 32_000, 655_359, 655_360, 3_600_000]) {
    const wheel = new TimerWheel<Item>(0);
    wheel.set(item(1), after);
    const fired = runTo(wheel, 0, after + 2_600, 10);
    assert.equal(fired.length, 1, `after ${after}`);
    assert.ok(fired[0].at >= after && fired[0].at <= after + 20, `after ${after}: at ${fired[0].at}`);
  }
});

test("moving and clearing leave no second firing", () => {
  const wheel = new TimerWheel<Item>(0);
  const a = item(1);
  const b = item(2);
  wheel.set(a, 100);
  wheel.set(a, 300);
  wheel.set(b, 200);
  wheel.clear(b);
  wheel.clear(b);
  assert.equal(wheel.size, 1);
  assert.deepEqual(
    runTo(wheel, 0, 1000, 10).map((f) => f.name),
    [1],
  );
  assert.equal(wheel.size, 0);
});

test("an item that arms itself for now fires on the next tick, not for ever in this one", () => {
  const wheel = new TimerWheel<Item>(0);
  const a = item(1);
  let times = 0;
  wheel.set(a, 10);
  wheel.advance(10, (i) => {
    times++;
    wheel.set(i, 10);
  });
  assert.equal(times, 1);
});

test("property: any set of timers, moved and advanced in any steps, fires each exactly once in its time", () => {
  const timers = fc.array(fc.integer({ min: 1, max: 3_000_000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(
      timers,
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 0, max: 10_000_000 }),
      (afters, step, start) => {
        const wheel = new TimerWheel<Item>(start);
        const items = afters.map((after, n) => ({ ...item(n), wanted: start + after }));
        for (const i of items) wheel.set(i, i.wanted);
        const seen = new Set<number>();
        let now = start;
        while (now < start + 3_010_000) {
          now += step * 17;
          wheel.advance(now, (i) => {
            assert.ok(!seen.has(i.name));
            assert.ok(i.wanted <= now);
            assert.ok(i.wanted > now - step * 17 - 20);
            seen.add(i.name);
          });
        }
        assert.equal(seen.size, items.length);
      },
    ),
    { numRuns: 60 },
  );
});
