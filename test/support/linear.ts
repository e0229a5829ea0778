import assert from "node:assert/strict";

/** One large input may cost this many times what as much in small ones costs. */
const SLACK = 3;
const ROUNDS = { least: 3, most: 50, ms: 10_000 };

/**
 * Asserts that cost grows with the size and not with its square: `large` works on an input `times` as long as that of `small`.
 * `small` is done `times` over, so that both sides are equally much work and a busy machine slows them alike: what is linear
 * comes out even, what is quadratic costs `times` as much at once. Rounds in turn, the best of each side; three, and more when
 * these do not suffice, since a busy machine spoils some and what is quadratic spoils all.
 */
export function assertLinear(times: number, small: () => void, large: () => void): void {
  assert.ok(times >= 8, `${times} times the size is not enough to stand out`);
  const manySmall = (): void => {
    for (let i = 0; i < times; i++) small();
  };
  let [few, one] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const began = performance.now();
  for (let n = 1; n <= ROUNDS.most; n++) {
    few = Math.min(few, msOf(manySmall));
    one = Math.min(one, msOf(large));
    if (n < ROUNDS.least) continue;
    if (one < SLACK * few) return;
    // What is quadratic is slow too: it does not get all rounds.
    if (performance.now() - began > ROUNDS.ms) break;
  }
  const ms = `${times} small ones ${few.toFixed(3)} ms, one large ${one.toFixed(3)} ms`;
  assert.fail(`${times} times the size took ${((times * one) / few).toFixed(1)} times as long (${ms})`);
}

function msOf(work: () => void): number {
  const from = performance.now();
  work();
  return performance.now() - from;
}
