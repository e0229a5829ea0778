import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzEdge } from "./edge.ts";
import type { Play } from "./edge-play.ts";

test("two thousand steps of phones, phone systems and strangers hold", () => {
  const found = fuzzEdge(2_000, 3261);
  assert.equal(found, undefined, `--seed ${found?.seed} --runs ${found?.steps}: ${String(found?.error)}`);
});

test("a seed decides every input", () => {
  const inputs = (seed: number): string[] => {
    const seen: string[] = [];
    fuzzEdge(400, seed, ({ last }) => void seen.push(`${last.from} ${last.text}`));
    return seen;
  };
  assert.deepEqual(inputs(9), inputs(9));
  assert.notDeepEqual(inputs(9), inputs(12));
});

test("in each mode the plays come to what they are for", () => {
  for (const seed of [15, 16, 17]) {
    let play: Play | undefined;
    fuzzEdge(1_000, seed, (p) => {
      play = p;
    });
    assert.ok(play !== undefined);
    const { relayed, registered, retransmissions, malformed } = play.scene.core.counters;
    const reached = { relayed, registered, retransmissions, malformed, dialogs: play.dialogs.length };
    assert.ok(Object.values(reached).every((n) => n > 0) && relayed > 20, JSON.stringify(reached));
  }
});

/** What is broken, and what the fuzzer says to it. */
const BROKEN: [what: string, how: (p: Play) => void, says: RegExp][] = [
  [
    "a fault of ours",
    ({ scene: { core } }) => {
      core.transactions.isMerged = () => {
        throw new Error("a bug");
      };
    },
    /a bug/,
  ],
  [
    "every address is a carrier's",
    ({ scene: { core } }) => {
      core.trunks.find = () => ({ name: "x", addresses: [], transport: "", fromDomain: "" });
    },
    /without a password|a stranger's claim|for 198\.51\.100\.[78]:/,
  ],
  [
    "the topology is shown",
    ({ scene: { core } }) => {
      Object.assign(core.config, { hidesTopology: false });
    },
    /to 203\.|to 198\./,
  ],
  [
    "what has ended is not forgotten",
    ({ scene: { core } }) => {
      core.transactions.retire = () => {};
    },
    /transactions/,
  ],
];
for (const [what, how, says] of BROKEN) {
  test(`the fuzzer finds it when ${what}`, () => {
    const found = fuzzEdge(6_000, 30, (p) => p.steps === 1 && how(p));
    assert.match(String(found?.error), says);
  });
}
