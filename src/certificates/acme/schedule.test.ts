/** When a certificate is ordered, looked at and tried again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { trouble } from "../../base/index.ts";
import type { Facts } from "../check.ts";
import { dueAt, nextLook, readAttempts, retryAt } from "./schedule.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 0, 1);
const DOMAINS = ["a.example.org", "b.example.org"];

/** A certificate of 90 days that began so many days ago. */
function aged(days: number, life = 90, names = DOMAINS): Facts {
  const notBefore = NOW - days * DAY;
  return { names, notBefore, notAfter: notBefore + life * DAY, issuer: "CA" };
}

test("a certificate is due when it is missing, lacks a name, or less than a third of its life is left", () => {
  for (const [what, facts, due] of [
    ["none", undefined, true],
    ["new", aged(0), false],
    ["31 of 90 days left", aged(59), false],
    ["29 of 90 days left", aged(61), true],
    ["expired", aged(100), true],
    ["of 6 days, 3 left", aged(3, 6), false],
    ["of 6 days, 1 left", aged(5, 6), true],
    ["a name is missing", aged(0, 90, ["a.example.org"]), true],
    ["names that nobody asked for", aged(0, 90, ["c.example.org", ...DOMAINS]), false],
  ] as const)
    assert.equal(dueAt(facts, DOMAINS) <= NOW, due, what);
});

test("failures wait an hour, twice as long each time, and a day at most; a clock that was set back changes nothing", () => {
  const reason = trouble("ACME_REFUSED", "no", "safe", "next");
  const wait = (failures: number, last = NOW): number =>
    (retryAt({ failures, since: NOW, last, trouble: reason }, NOW) - NOW) / HOUR;
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 2_000].map((n) => wait(n)),
    [1, 2, 4, 8, 16, 24, 24],
  );
  assert.equal(wait(1, NOW - 2 * HOUR), -1, "past: at once");
  assert.equal(wait(1, NOW + 400 * DAY), 1);
});

test("a good certificate is looked at every 12 hours, spread over two, or when it falls due", () => {
  const look = (facts: Facts, chance: number): number => (nextLook(facts, DOMAINS, NOW, chance) - NOW) / HOUR;
  assert.deepEqual(
    [0, 0.5, 1].map((chance) => look(aged(0), chance)),
    [11, 12, 13],
  );
  assert.equal(look(aged(0, 0.25), 0.5), 4, "of 6 hours, when 4 are gone");
  assert.equal(look(aged(80), 0.5), 1, "issued near its end: not one order after the other");
});

test("what was written of failures is read again, and nothing else", () => {
  const one = { failures: 1, since: NOW, last: NOW, trouble: trouble("A_B", "a", "b", "c") };
  assert.deepEqual(readAttempts(JSON.stringify(one)), one);
  for (const text of [
    "",
    "null",
    "[]",
    "{}",
    '"x"',
    JSON.stringify({ ...one, failures: 0 }),
    JSON.stringify({ ...one, trouble: 1 }),
  ])
    assert.equal(readAttempts(text), undefined, text);
});
