import assert from "node:assert/strict";
import { test } from "node:test";
import { inParts } from "./helper/nft.ts";

const BLOCK = "x".repeat(250_000);

/** Parts that note what becomes of them; the one of that number is refused. */
function noted(refused = -1) {
  const notes: string[] = [];
  let count = 0;
  const begin = () => {
    const n = count++;
    let written = 0;
    return {
      pid: n,
      write: async (text: string) => {
        written += text.length;
      },
      commit: async () => {
        notes.push(`${n} begins with ${written}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        notes.push(`${n} ends`);
        return n === refused ? "no" : "";
      },
      abandon: () => void notes.push(`${n} is given up`),
    };
  };
  return { notes, begin };
}

for (const [what, blocks, refused, error, notes] of [
  ["a small one is one part", 2, -1, "", ["0 begins with 500000", "0 ends"]],
  [
    "each part waits for the one before",
    7,
    -1,
    "",
    ["0 begins with 750000", "0 ends", "1 begins with 750000", "1 ends", "2 begins with 250000", "2 ends"],
  ],
  [
    "after one that is refused no other comes into force",
    7,
    0,
    "no",
    ["0 begins with 750000", "0 ends", "1 is given up", "2 is given up"],
  ],
] as const) {
  test(`in parts: ${what}`, async () => {
    const made = noted(refused);
    const all = inParts(made.begin);
    for (let i = 0; i < blocks; i++) await all.write(BLOCK);
    assert.equal(await all.commit(), error);
    assert.deepEqual(made.notes, notes);
  });
}
