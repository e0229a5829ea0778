import assert from "node:assert/strict";
import { test } from "node:test";
import { MAKE, play, type Requirement } from "./machines.fixture.ts";

const NEVER = Number.POSITIVE_INFINITY;

const requirements: Requirement[] = [
  {
    name: "RFC 3261 17.2.2: a request that comes again in trying is discarded",
    lines: [
      [500, "request", "-", "trying"],
      [1_500, "request", "-", "trying"],
    ],
  },
  {
    name: "RFC 3261 17.2.2: the final goes out, and again for each request that comes again, for 64*T1 (timer J)",
    lines: [
      [100, "respond 200", "send", "completed", { due: 32_100, last: "respond 200" }],
      [500, "request", "send", "completed", { due: 32_100 }],
      [32_099, "request", "send", "completed", { last: "respond 200" }],
      [32_100, "timer", "ended", "terminated", { due: NEVER }],
      [32_101, "request", "-", "terminated"],
    ],
  },
  {
    name: "RFC 3261 17.2.2: timer J is zero over a reliable transport",
    reliable: true,
    lines: [[100, "respond 486", "send+ended", "terminated", { due: NEVER, last: "respond 486" }]],
  },
  {
    name: "RFC 3261 17.2.2: further responses are discarded in completed",
    lines: [
      [100, "respond 200", "send", "completed"],
      [200, "respond 486", "-", "completed", { last: "respond 200" }],
      [300, "respond 100", "-", "completed"],
      [400, "respond 200", "-", "completed", { due: 32_100 }],
    ],
  },
  {
    name: "RFC 4320 4.1: no provisional but 100, on any transport",
    reliable: true,
    lines: [[100, "respond 183", "-", "trying", { last: "" }]],
  },
  {
    name: "RFC 4320 4.1: no 100 over UDP before the client's timer E has come to T2 (3.5 s)",
    lines: [
      [1, "respond 100", "-", "trying", { last: "" }],
      [3_499, "respond 100", "-", "trying"],
      [3_500, "respond 100", "send", "proceeding", { last: "respond 100", due: 32_000 }],
      [3_600, "request", "send", "proceeding"],
      [3_700, "respond 100", "send", "proceeding"],
      [3_800, "respond 183", "-", "proceeding", { last: "respond 100" }],
    ],
  },
  {
    name: "RFC 4320 4.1: a 100 at any time over a reliable transport",
    reliable: true,
    lines: [
      [1, "respond 100", "send", "proceeding", { due: 32_000 }],
      [2, "respond 200", "send+ended", "terminated"],
    ],
  },
  {
    name: "RFC 4320 4.1: a 100 must go out when nothing was said by then, over UDP",
    lines: [
      [3_499, "timer", "-", "trying", { due: 3_500 }],
      [3_500, "timer", "trying", "trying", { due: 32_000 }],
      [3_500, "respond 100", "send", "proceeding", { due: 32_000 }],
      [4_000, "timer", "-", "proceeding"],
      [5_000, "respond 200", "send", "completed", { due: 37_000 }],
    ],
  },
  {
    name: "RFC 4320 4.1: and over TCP",
    reliable: true,
    lines: [[3_500, "timer", "trying", "trying", { due: 32_000 }]],
  },
  {
    name: "RFC 4320 4.2: a 408 is never sent; the transaction stays, so that nothing is taken for a new request",
    lines: [
      [20_000, "respond 408", "-", "trying", { last: "" }],
      [20_500, "request", "-", "trying"],
      [32_000, "timer", "timeout+ended", "terminated"],
    ],
  },
  {
    name: "RFC 4320 4.2: what is not answered by 64*T1 is not answered at all",
    lines: [
      [3_500, "timer", "trying", "trying"],
      [3_500, "respond 100", "send", "proceeding"],
      [32_000, "timer", "timeout+ended", "terminated", { due: NEVER }],
      [32_001, "respond 200", "-", "terminated"],
    ],
  },
  {
    name: "RFC 6026 8.8: a transport error tells the TU and changes nothing",
    lines: [
      [1, "transport error", "failed", "trying"],
      [3_500, "respond 100", "send", "proceeding"],
      [3_501, "transport error", "failed", "proceeding"],
      [3_600, "respond 200", "send", "completed", { due: 35_600 }],
      [3_601, "transport error", "failed", "completed", { due: 35_600 }],
      [4_000, "request", "send", "completed", { last: "respond 200" }],
    ],
  },
];

for (const r of requirements) test(r.name, () => play("non-invite server", r));

test("RFC 3261 17.2.2: it starts in trying; the 100 of RFC 4320 and the end of the client's patience are what it waits for", () => {
  const tx = MAKE["non-invite server"](false, 1_000);
  assert.deepEqual([tx.due, tx.againAt, tx.endAt, tx.last], [4_500, 4_500, 33_000, ""]);
});
