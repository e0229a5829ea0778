import assert from "node:assert/strict";
import { test } from "node:test";
import { Event } from "./effects.ts";
import { MAKE, play, type Requirement, stateName, words } from "./machines.fixture.ts";
import { step } from "./step.ts";

const NEVER = Number.POSITIVE_INFINITY;

const requirements: Requirement[] = [
  {
    name: "RFC 3261 17.1.1.2: timer A sends the INVITE again after T1, 2*T1, 4*T1 ... without a cap; seven requests in all",
    lines: [
      [499, "timer", "-", "calling", { due: 500 }],
      [500, "timer", "send", "calling", { due: 1_500, last: "request" }],
      [1_500, "timer", "send", "calling", { due: 3_500 }],
      [3_500, "timer", "send", "calling", { due: 7_500 }],
      [7_500, "timer", "send", "calling", { due: 15_500 }],
      [15_500, "timer", "send", "calling", { due: 31_500 }],
      [31_500, "timer", "send", "calling", { due: 32_000 }],
      [32_000, "timer", "timeout+ended", "terminated", { due: NEVER }],
    ],
  },
  {
    name: "RFC 3261 17.1.1.2: no timer A over a reliable transport, timer B all the same, and no ACK on timeout",
    reliable: true,
    lines: [
      [500, "timer", "-", "calling", { due: 32_000 }],
      [32_000, "timer", "timeout+ended", "terminated"],
    ],
  },
  {
    name: "RFC 3261 17.1.1.2: a stalled host sends once and not for each interval it missed; timer B goes before A",
    lines: [
      [9_000, "timer", "send", "calling", { due: 10_000 }],
      [40_000, "timer", "timeout+ended", "terminated"],
    ],
  },
  {
    name: "RFC 3261 17.1.1.2: a provisional ends retransmission and timer B, and each goes up",
    lines: [
      [100, "response 100", "deliver", "proceeding", { due: NEVER }],
      [500, "timer", "-", "proceeding"],
      [600, "response 180", "deliver", "proceeding"],
      [32_000, "timer", "-", "proceeding"],
      [100_000, "response 180", "deliver", "proceeding"],
    ],
  },
  {
    name: "RFC 3261 17.1.1.2: 300-699 goes up once and is ACKed each time it comes, for 32 s (timer D)",
    lines: [
      [100, "response 180", "deliver", "proceeding"],
      [200, "response 603", "deliver+ack", "completed", { due: 32_200, last: "request" }],
      [700, "response 603", "ack", "completed", { due: 32_200 }],
      [800, "response 302", "ack", "completed"],
      [32_199, "timer", "-", "completed"],
      [32_200, "timer", "ended", "terminated"],
      [32_300, "response 603", "-", "terminated"],
    ],
  },
  {
    name: "RFC 3261 17.1.1.2: from calling too",
    lines: [[200, "response 302", "deliver+ack", "completed", { due: 32_200 }]],
  },
  {
    name: "RFC 3261 17.1.1.2: an ACK even over a reliable transport, where timer D is zero",
    reliable: true,
    lines: [[200, "response 603", "deliver+ack+ended", "terminated", { due: NEVER, last: "request" }]],
  },
  {
    name: "RFC 6026 7.2: a 2xx in calling enters accepted for 64*T1 (timer M), every further 2xx goes up, none is ACKed",
    lines: [
      [100, "response 200", "deliver", "accepted", { due: 32_100, last: "" }],
      [600, "response 200", "deliver", "accepted", { due: 32_100 }],
      [32_099, "response 200", "deliver", "accepted"],
      [32_100, "timer", "ended", "terminated"],
      [32_101, "response 200", "-", "terminated"],
    ],
  },
  {
    name: "RFC 6026 7.2: timer M runs over reliable transports as well",
    reliable: true,
    lines: [
      [100, "response 180", "deliver", "proceeding"],
      [200, "response 200", "deliver", "accepted", { due: 32_200 }],
    ],
  },
  {
    name: "RFC 6026 figure 5: provisionals and other finals that come late are dropped in accepted",
    lines: [
      [100, "response 200", "deliver", "accepted"],
      [101, "response 180", "-", "accepted"],
      [102, "response 603", "-", "accepted", { due: 32_100 }],
    ],
  },
  {
    name: "RFC 3261 17.1.4: a transport error tells the TU and ends it",
    lines: [[1, "transport error", "failed+ended", "terminated", { due: NEVER }]],
  },
  {
    name: "RFC 6026 figure 5: a transport error while the ACK is sent tells the TU and ends it",
    lines: [
      [1, "response 603", "deliver+ack", "completed"],
      [2, "transport error", "failed+ended", "terminated"],
    ],
  },
  {
    name: "RFC 3261 9.1: without a final 64*T1 after the CANCEL the transaction ends; provisionals do not prolong it",
    lines: [
      [100, "response 180", "deliver", "proceeding"],
      [5_000, "cancel", "-", "proceeding", { due: 37_000 }],
      [6_000, "cancel", "-", "proceeding", { due: 37_000 }],
      [20_000, "response 180", "deliver", "proceeding", { due: 37_000 }],
      [37_000, "timer", "timeout+ended", "terminated"],
    ],
  },
  {
    name: "RFC 3261 9.1: the 487 after a CANCEL is a final like any other",
    lines: [
      [100, "response 180", "deliver", "proceeding"],
      [5_000, "cancel", "-", "proceeding"],
      [5_100, "response 603", "deliver+ack", "completed", { due: 37_100 }],
    ],
  },
];

for (const r of requirements) test(r.name, () => play("invite client", r));

test("RFC 3261 17.1.1.2: it starts in calling with timers A and B", () => {
  const tx = MAKE["invite client"](false, 1_000);
  assert.deepEqual([tx.due, tx.againAt, tx.endAt, tx.last], [1_500, 1_500, 33_000, "request"]);
});

const classes: [first: number, last: number, effects: string, state: string][] = [
  [100, 199, "deliver", "proceeding"],
  [200, 299, "deliver", "accepted"],
  [300, 699, "deliver+ack", "completed"],
];
for (const [first, last, effects, state] of classes)
  test(`RFC 3261 7.2: ${first} to ${last} are one class, first time and again`, () => {
    for (const status of [first, last]) {
      const tx = MAKE["invite client"](false, 0);
      assert.equal(words(step(tx, Event.response, 1, status)), effects);
      assert.equal(stateName(tx.state), state);
      const again = { proceeding: "deliver", accepted: "deliver", completed: "ack" }[state];
      for (const other of [first, last]) assert.equal(words(step(tx, Event.response, 2, other)), again, `${other}`);
    }
  });

test("RFC 6026 figure 5: 300 is no 2xx in accepted, 299 no final to ACK in completed", () => {
  const accepted = MAKE["invite client"](false, 0);
  step(accepted, Event.response, 1, 200);
  assert.equal(words(step(accepted, Event.response, 2, 300)), "-");
  const completed = MAKE["invite client"](false, 0);
  step(completed, Event.response, 1, 300);
  assert.equal(words(step(completed, Event.response, 2, 299)), "-");
});
