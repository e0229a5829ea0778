import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLimit, parseLimit } from "./limit.ts";

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
