import assert from "node:assert/strict";
import { test } from "node:test";
import { drawLadder } from "./ladder.ts";
import type { Step } from "./trace.ts";

const step = (at: number, phone: string, way: "out" | "in", label: string, more: Partial<Step> = {}): Step => ({
  at,
  phone,
  way,
  label,
  again: false,
  lost: false,
  text: "",
  ...more,
});

test("a ladder shows direction, time, loss and repetition", () => {
  const drawn = drawLadder(
    [
      step(0, "anna", "out", "INVITE", { lost: true }),
      step(200.04, "anna", "out", "INVITE", { again: true }),
      step(201, "bert", "in", "INVITE"),
      step(202.5, "bert", "out", "180 Ringing"),
      step(203, "anna", "in", "180 Ringing"),
      step(204, "carl", "in", "INVITE"),
      step(1234.5, "bert", "in", "SUBSCRIBE", { lost: true }),
    ],
    "anna",
    "bert",
  );
  assert.equal(
    drawn,
    [
      "          anna                           edge                             bert",
      "          |                                |                                |",
      "   0.0 ms |--- INVITE ---x                 |  lost on purpose               |",
      " 200.0 ms |--- INVITE -------------------->|  sent again                    |",
      " 201.0 ms |                                |--- INVITE -------------------->|",
      " 202.5 ms |                                |<--------------- 180 Ringing ---|",
      " 203.0 ms |<--------------- 180 Ringing ---|                                |",
      "1234.5 ms |               lost on purpose  |--- SUBSCRIBE ---x              |",
      "          |                                |                                |",
    ].join("\n"),
  );
});

test("a long reason never breaks the lanes", () => {
  const drawn = drawLadder([step(1, "a", "in", "481 Call/Transaction Does Not Exist")], "a", "b");
  const widths = drawn
    .split("\n")
    .slice(1)
    .map((l) => l.length);
  assert.deepEqual(new Set(widths), new Set([77]));
});
