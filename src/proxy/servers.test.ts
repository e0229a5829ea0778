import assert from "node:assert/strict";
import { test } from "node:test";
import { play } from "./play.fixture.ts";
import { SERVER_PATIENCE, TIMER_C } from "./timers.ts";

/** Two servers that stand in for each other: event and effects. */
const stories: readonly { clause: string; method?: string; story: readonly (readonly [string, string])[] }[] = [
  {
    clause: "an answer is the answer",
    story: [
      ["start", "start 0"],
      ["0:100", "-"],
      ["0:486", "best 0, done"],
    ],
  },
  {
    clause: "so is 404, or 500",
    story: [
      ["start", "start 0"],
      ["0:500", "best 0, done"],
    ],
  },
  {
    clause: "and a challenge",
    story: [
      ["start", "start 0"],
      ["0:407", "best 0, done"],
    ],
  },
  {
    clause: "3263 4.3: 503 leads to the next",
    story: [
      ["start", "start 0"],
      ["0:503", "start 1"],
      ["1:200", "forward, done"],
    ],
  },
  {
    clause: "3263 4.3: a transport error too",
    story: [
      ["start", "start 0"],
      ["0:error", "start 1"],
      ["1:486", "best 1, done"],
    ],
  },
  {
    clause: "silence for two seconds too",
    story: [
      ["start", "start 0"],
      [`+${SERVER_PATIENCE - 1}`, "-"],
      ["+1", "drop 0, start 1"],
      ["1:180", "forward"],
      ["1:200", "forward, done"],
    ],
  },
  {
    clause: "a 100 is no silence, however long it rings then",
    story: [
      ["start", "start 0"],
      ["0:100", "-"],
      [`+${SERVER_PATIENCE}`, "-"],
      ["0:180", "forward"],
      [`+${SERVER_PATIENCE}`, "-"],
      ["0:200", "forward, done"],
    ],
  },
  {
    clause: "the last one is given all the time there is",
    story: [
      ["start", "start 0"],
      [`+${SERVER_PATIENCE}`, "drop 0, start 1"],
      [`+${10 * SERVER_PATIENCE}`, "-"],
      ["1:timeout", "reply 408, done"],
    ],
  },
  {
    clause: "one that is known to be down is not waited for",
    story: [
      ["start", "start 0"],
      ["0:down", "drop 0, start 1"],
      ["0:down", "-"],
      ["1:200", "forward, done"],
    ],
  },
  {
    clause: "nor after a 100, and it gets a CANCEL in case it lives",
    story: [
      ["start", "start 0"],
      ["0:100", "-"],
      ["0:down", "cancel 0, drop 0, start 1"],
      ["1:200", "forward, done"],
    ],
  },
  {
    clause: "but when it rings",
    story: [
      ["start", "start 0"],
      ["0:180", "forward"],
      ["0:down", "-"],
      ["0:200", "forward, done"],
    ],
  },
  {
    clause: "and when no other is left",
    story: [
      ["start", "start 0"],
      ["0:down", "drop 0, start 1"],
      ["1:100", "-"],
      ["1:down", "-"],
      ["1:200", "forward, done"],
    ],
  },
  {
    clause: "and for a caller who has given up",
    story: [
      ["start", "start 0"],
      ["0:100", "-"],
      ["cancel", "cancel 0"],
      ["0:down", "-"],
    ],
  },
  {
    clause: "503 from all is 500 (3261 16.7.6)",
    story: [
      ["start", "start 0"],
      ["0:503", "start 1"],
      ["1:503", "reply 500, done"],
    ],
  },
  {
    clause: "nobody is tried for a caller who has given up",
    story: [
      ["start", "start 0"],
      ["cancel", "-"],
      [`+${SERVER_PATIENCE}`, "drop 0, reply 487, done"],
    ],
  },
  {
    clause: "a non-INVITE goes on to the next as well",
    method: "MESSAGE",
    story: [
      ["start", "start 0"],
      [`+${SERVER_PATIENCE}`, "drop 0, start 1"],
      ["1:200", "forward, done"],
    ],
  },
  {
    clause: "a non-INVITE that was told to wait is waited for",
    method: "MESSAGE",
    story: [
      ["start", "start 0"],
      ["0:100", "-"],
      [`+${SERVER_PATIENCE}`, "-"],
      ["0:200", "forward, done"],
    ],
  },
];
for (const { clause, method = "INVITE", story } of stories) {
  test(clause, () => {
    const p = play(method, [1000, 999], -1, true);
    const told = story.map(([event]) => [event, p.tell(event)]);
    assert.deepEqual(told, story);
  });
}

test("timer C runs from the first sign of life", () => {
  const p = play("INVITE", [1000, 999], -1, true);
  p.tell("start");
  p.tell("0:180");
  assert.equal(p.ctx.due, p.now + TIMER_C);
});
