import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage } from "../src/sip/index.ts";
import { Random } from "./mutate.ts";
import { fuzz, readSeeds, sipHolds } from "./sip.ts";

test("two thousand mutated messages hold", () => {
  const found = fuzz(2_000, 4475, sipHolds);
  assert.equal(found, undefined, `${String(found?.error)}\n${JSON.stringify(found?.input)}`);
});

test("a seed decides every input", () => {
  const inputs = (seed: number): string[] => {
    const seen: string[] = [];
    fuzz(200, seed, (input) => void seen.push(input));
    return seen;
  };
  assert.deepEqual(inputs(7), inputs(7));
  assert.notDeepEqual(inputs(7), inputs(8));
});

test("the fuzzer finds what it should: a parser that fails at a rare byte", () => {
  const found = fuzz(20_000, 1, (input) => assert.ok(!input.includes("\r\n\t\x00") && !input.includes("tag=tag=")));
  assert.ok(found !== undefined);
  assert.match(found.input, /\r\n\t\0|tag=tag=/);
});

test("the inputs are neither all sound nor all junk", () => {
  const kinds = { message: 0, junk: 0 };
  fuzz(1_000, 3, (input) => kinds["text" in parseMessage(input) ? "message" : "junk"]++);
  assert.ok(kinds.message > 500 && kinds.junk > 20, JSON.stringify(kinds));
});

test("random numbers fill their range", () => {
  const random = new Random(1);
  const seen = new Set(Array.from({ length: 1_000 }, () => random.below(10)));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.ok(readSeeds().length >= 61);
});
