import assert from "node:assert/strict";
import { test } from "node:test";
import { row } from "./gate.fixture.ts";
import type { GateRow } from "./gate.ts";
import { packGateRows, unpackGateRows } from "./gate-rows.ts";

const BAN = row("198.51.100.7");

test("rows of the gate cross from one thread to the other", () => {
  const rows: GateRow[] = [
    BAN,
    { ...BAN, source: "2001:db8:1:2::/64" },
    { ...BAN, source: "198.51.100.9", reason: "decoy", answer: "uniform" },
    { ...BAN, source: "198.51.100.0/24", action: "mute" },
    { ...BAN, spared: ["anna@x"] },
    { ...BAN, spared: [] },
    { ...BAN, account: "bert@x", device: "desk" },
    { ...BAN, source: "", account: "bert@x", action: "guard" },
  ];
  assert.deepEqual(unpackGateRows(structuredClone(packGateRows(rows))), rows);
  assert.deepEqual(
    packGateRows(rows).banned.map((b) => b.sources.length),
    [2, 1],
    "bans of whole sources without their sameness",
  );
});
