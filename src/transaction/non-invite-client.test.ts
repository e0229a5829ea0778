import assert from "node:assert/strict";
import { test } from "node:test";
import { MAKE, play, type Requirement } from "./machines.fixture.ts";

const NEVER = Number.POSITIVE_INFINITY;

const requirements: Requirement[] = [
  {
    name: "RFC 3261 17.1.2.2: timer E sends again after 500 ms, 1 s, 2 s, 4 s, 4 s ...; timer F ends it after 64*T1",
    lines: [
      [500, "timer", "send", "trying", { due: 1_500, last: "request" }],
      [1_500, "timer", "send", "trying", { due: 3_500 }],
      [3_500, "timer", "send", "trying", { due: 7_500 }],
      [7_500, "timer", "send", "trying", { due: 11_500 }],
      [11_500, "timer", "send", "trying", { due: 15_500 }],
      [15_500, "timer", "send", "trying", { due: 19_500 }],
      [19_500, "timer", "send", "trying", { due: 23_500 }],
      [23_500, "timer", "send", "trying", { due: 27_500 }],
      [27_500, "timer", "send", "trying", { due: 31_500 }],
      [31_500, "timer", "send", "trying", { due: 32_000 }],
      [32_000, "timer", "timeout+ended", "terminated", { due: NEVER }],
    ],
  },
  {
    name: "RFC 3261 17.1.2.2: no timer E over a reliable transport, timer F all the same",
    reliable: true,
    lines: [
      [500, "timer", "-", "trying", { due: 32_000 }],
      [600, "response 100", "deliver", "proceeding", { due: 32_000 }],
      [32_000, "timer", "timeout+ended", "terminated"],
    ],
  },
  {
    name: "RFC 3261 17.1.2.2: after a provisional timer E goes on, at intervals of T2",
    lines: [
      [100, "response 100", "deliver", "proceeding", { due: 500 }],
      [500, "timer", "send", "proceeding", { due: 4_500 }],
      [4_500, "timer", "send", "proceeding", { due: 8_500 }],
      [5_000, "response 180", "deliver", "proceeding", { due: 8_500 }],
    ],
  },
  {
    name: "RFC 3261 17.1.2.2: timer F in proceeding tells the TU",
    lines: [
      [100, "response 100", "deliver", "proceeding"],
      [32_000, "timer", "timeout+ended", "terminated"],
    ],
  },
  {
    name: "RFC 3261 17.1.2.2: one final goes up, the others are absorbed for T4 (timer K)",
    lines: [
      [100, "response 200", "deliver", "completed", { due: 5_100, last: "" }],
      [200, "response 200", "-", "completed"],
      [300, "response 603", "-", "completed", { due: 5_100 }],
      [400, "response 100", "-", "completed"],
      [5_099, "timer", "-", "completed"],
      [5_100, "timer", "ended", "terminated"],
      [5_200, "response 200", "-", "terminated"],
    ],
  },
  {
    name: "RFC 3261 17.1.2.2: from proceeding too, with any final",
    lines: [
      [100, "response 100", "deliver", "proceeding"],
      [200, "response 603", "deliver", "completed", { due: 5_200 }],
    ],
  },
  {
    name: "RFC 3261 17.1.2.2: timer K is zero over a reliable transport",
    reliable: true,
    lines: [[100, "response 302", "deliver+ended", "terminated", { due: NEVER }]],
  },
  {
    name: "RFC 3261 17.1.4: a transport error tells the TU and ends it",
    lines: [
      [100, "response 100", "deliver", "proceeding"],
      [500, "transport error", "failed+ended", "terminated"],
    ],
  },
  {
    name: "RFC 3261 9.1: CANCEL is for INVITE alone",
    lines: [
      [100, "response 100", "deliver", "proceeding"],
      [200, "cancel", "-", "proceeding", { due: 500 }],
    ],
  },
];

for (const r of requirements) test(r.name, () => play("non-invite client", r));

test("RFC 3261 17.1.2.2: it starts in trying with timers E and F", () => {
  const tx = MAKE["non-invite client"](false, 1_000);
  assert.deepEqual([tx.due, tx.againAt, tx.endAt, tx.last], [1_500, 1_500, 33_000, "request"]);
});
