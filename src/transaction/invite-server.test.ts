import assert from "node:assert/strict";
import { test } from "node:test";
import { Event } from "./effects.ts";
import { MAKE, play, type Requirement, stateName, words } from "./machines.fixture.ts";
import { step } from "./step.ts";

const NEVER = Number.POSITIVE_INFINITY;

const requirements: Requirement[] = [
  {
    name: "RFC 3261 17.2.1: provisionals go out, and the latest goes out again for each INVITE that comes again",
    lines: [
      [1, "request", "-", "proceeding"],
      [2, "respond 100", "send", "proceeding", { last: "respond 100", due: NEVER }],
      [500, "request", "send", "proceeding", { last: "respond 100" }],
      [600, "respond 183", "send", "proceeding", { last: "respond 183" }],
      [1_500, "request", "send", "proceeding", { last: "respond 183" }],
      [1_600, "timer", "-", "proceeding"],
    ],
  },
  {
    name: "RFC 3261 17.2.1: a non-2xx final goes out again after T1, 2*T1 ... T2 (timer G) until timer H, which tells the TU",
    lines: [
      [0, "respond 486", "send", "completed", { due: 500, last: "respond 486" }],
      [499, "timer", "-", "completed"],
      [500, "timer", "send", "completed", { due: 1_500 }],
      [1_500, "timer", "send", "completed", { due: 3_500 }],
      [3_500, "timer", "send", "completed", { due: 7_500 }],
      [7_500, "timer", "send", "completed", { due: 11_500 }],
      [11_500, "timer", "send", "completed", { due: 15_500 }],
      [31_500, "timer", "send", "completed", { due: 32_000 }],
      [32_000, "timer", "timeout+ended", "terminated", { due: NEVER }],
    ],
  },
  {
    name: "RFC 3261 17.2.1: no timer G over a reliable transport, timer H all the same",
    reliable: true,
    lines: [
      [0, "respond 486", "send", "completed", { due: 32_000 }],
      [32_000, "timer", "timeout+ended", "terminated"],
    ],
  },
  {
    name: "RFC 3261 17.2.1: an INVITE that comes again in completed gets the final again",
    lines: [
      [0, "respond 486", "send", "completed"],
      [100, "request", "send", "completed", { last: "respond 486", due: 500 }],
    ],
  },
  {
    name: "RFC 3261 17.2.1: the ACK ends retransmission; confirmed absorbs more ACKs for T4 (timer I)",
    lines: [
      [0, "respond 486", "send", "completed"],
      [100, "ack", "-", "confirmed", { due: 5_100, last: "" }],
      [500, "timer", "-", "confirmed"],
      [600, "ack", "-", "confirmed", { due: 5_100 }],
      [700, "request", "-", "confirmed"],
      [5_100, "timer", "ended", "terminated"],
    ],
  },
  {
    name: "RFC 3261 17.2.1: timer I is zero over a reliable transport",
    reliable: true,
    lines: [
      [0, "respond 486", "send", "completed"],
      [100, "ack", "ended", "terminated", { due: NEVER }],
    ],
  },
  {
    name: "RFC 3261 17.2.1: an ACK before any final is nothing",
    lines: [
      [0, "respond 100", "send", "proceeding"],
      [100, "ack", "-", "proceeding"],
    ],
  },
  {
    name: "RFC 6026 7.1: a 2xx enters accepted for 64*T1 (timer L); the INVITE that comes again is absorbed",
    lines: [
      [0, "respond 183", "send", "proceeding"],
      [100, "respond 200", "send", "accepted", { due: 32_100, last: "respond 200" }],
      [500, "request", "-", "accepted", { due: 32_100 }],
      [500, "timer", "-", "accepted"],
      [32_100, "timer", "ended", "terminated", { due: NEVER }],
    ],
  },
  {
    name: "RFC 6026 7.1: timer L runs over reliable transports as well",
    reliable: true,
    lines: [[100, "respond 200", "send", "accepted", { due: 32_100 }]],
  },
  {
    name: "RFC 6026 7.1: each 2xx from the TU goes out in accepted, any other response does not",
    lines: [
      [0, "respond 200", "send", "accepted"],
      [500, "respond 200", "send", "accepted", { due: 32_000 }],
      [600, "respond 486", "-", "accepted", { last: "respond 200" }],
      [700, "respond 183", "-", "accepted"],
    ],
  },
  {
    name: "RFC 6026 7.1: an ACK in accepted goes to the TU",
    lines: [
      [0, "respond 200", "send", "accepted"],
      [100, "ack", "deliver", "accepted"],
      [200, "ack", "deliver", "accepted"],
    ],
  },
  {
    name: "RFC 3261 16.7.5: a 2xx after another final is passed on, and the other final is what is sent again",
    lines: [
      [0, "respond 486", "send", "completed"],
      [100, "respond 200", "pass", "completed", { last: "respond 486", due: 500 }],
      [200, "ack", "-", "confirmed"],
      [300, "respond 200", "pass", "confirmed"],
    ],
  },
  {
    name: "RFC 3261 17.2.1: a second non-2xx final, or a late provisional, is dropped",
    lines: [
      [0, "respond 486", "send", "completed"],
      [100, "respond 408", "-", "completed", { last: "respond 486" }],
      [200, "respond 183", "-", "completed", { last: "respond 486" }],
    ],
  },
  {
    name: "RFC 6026 7.1: a transport error tells the TU and changes nothing, in proceeding, completed and accepted",
    lines: [
      [0, "respond 100", "send", "proceeding"],
      [1, "transport error", "failed", "proceeding"],
      [2, "request", "send", "proceeding"],
      [3, "respond 486", "send", "completed", { due: 503 }],
      [4, "transport error", "failed", "completed", { due: 503 }],
    ],
  },
  {
    name: "RFC 6026 8.6: a transport error in accepted tells the TU and changes nothing",
    lines: [
      [0, "respond 200", "send", "accepted"],
      [1, "transport error", "failed", "accepted", { due: 32_000 }],
    ],
  },
];

for (const r of requirements) test(r.name, () => play("invite server", r));

test("RFC 3261 17.2.1: it starts in proceeding with no timer", () => {
  const tx = MAKE["invite server"](false, 1_000);
  assert.deepEqual([tx.due, tx.last], [NEVER, ""]);
});

const classes: [first: number, last: number, state: string][] = [
  [100, 199, "proceeding"],
  [200, 299, "accepted"],
  [300, 699, "completed"],
];
for (const [first, last, state] of classes)
  test(`RFC 3261 7.2: ${first} to ${last} from the TU are one class`, () => {
    for (const status of [first, last]) {
      const tx = MAKE["invite server"](false, 0);
      assert.equal(words(step(tx, Event.respond, 1, status, "x")), "send");
      assert.equal(stateName(tx.state), state);
    }
  });

test("RFC 6026 7.1: what goes out in accepted is the 2xx that the TU gave, which may be another fork's", () => {
  const tx = MAKE["invite server"](false, 0);
  step(tx, Event.respond, 1, 200, "first");
  assert.equal(words(step(tx, Event.respond, 2, 299, "second")), "send");
  assert.equal(tx.last, "second");
  assert.equal(words(step(tx, Event.respond, 3, 300, "third")), "-");
});
