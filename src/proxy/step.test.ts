import assert from "node:assert/strict";
import { test } from "node:test";
import { JUST_FORWARD, NOTHING, START_ONLY } from "./effects.ts";
import { ONE, play, response, type Story, TWO, tellStories } from "./play.fixture.ts";
import { onResponse, start } from "./step.ts";

const STORIES: readonly Story[] = [
  {
    clause: "16.5: an empty target set is answered 480",
    q: [],
    story: [["start", "reply 480, done"]],
  },
  {
    clause: "16.7.5: 100 is not forwarded, other provisional responses are, and the 2xx ends it",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:100", "-"],
      ["0:180", "forward"],
      ["0:183", "forward"],
      ["0:200", "forward, done"],
    ],
  },
  {
    clause: "16.7.5: every 2xx to an INVITE is forwarded, also after the end",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:200", "forward, done"],
      ["0:200", "forward"],
      ["0:180", "-"],
      ["0:486", "-"],
    ],
  },
  {
    clause: "16.7.5: a 2xx that comes after a final response of another kind was sent is forwarded",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:486", "forward, done"],
      ["0:200", "forward"],
    ],
  },
  {
    clause: "16.7.3: what has no Via for upstream is not forwarded, and as a final response ends its branch",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:novia", "reply 500, done"],
    ],
  },
  {
    clause: "16.7.6: no final response at all is 408",
    q: TWO,
    story: [
      ["start", "start 0, start 1"],
      ["0:timeout", "-"],
      ["1:timeout", "reply 408, done"],
      ["1:200", "forward"],
    ],
  },
  {
    clause: "16.7.6: a 503 alone becomes 500",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:503", "reply 500, done"],
    ],
  },
  {
    clause: "16.9: a transport error counts as 503",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:error", "reply 500, done"],
      ["0:error", "-"],
      ["0:timeout", "-"],
    ],
  },
  {
    clause: "16.9: a transport error is no better than what has answered",
    q: TWO,
    story: [
      ["start", "start 0, start 1"],
      ["0:486", "-"],
      ["1:error", "best 0, done"],
    ],
  },
  {
    clause: "16.7.6: 503 steps back behind any other response of its class",
    q: TWO,
    story: [
      ["start", "start 0, start 1"],
      ["0:503", "-"],
      ["1:504", "best 1, done"],
    ],
  },
  {
    clause: "16.7.5: a 6xx waits for the others, which are cancelled, and no new branch is made",
    q: [1000, 1000, 500],
    story: [
      ["start", "start 0, start 1"],
      ["0:180", "forward"],
      ["1:603", "cancel 0"],
      ["0:487", "best 1, done"],
    ],
  },
  {
    clause: "16.7.5: a 2xx after a 6xx wins",
    q: TWO,
    story: [
      ["start", "start 0, start 1"],
      ["0:180", "forward"],
      ["1:603", "cancel 0"],
      ["0:200", "forward, done"],
    ],
  },
  {
    clause: "16.7.10: after the final response pending branches are cancelled, each once",
    q: [1000, 1000, 1000],
    story: [
      ["start", "start 0, start 1, start 2"],
      ["0:180", "forward"],
      ["2:183", "forward"],
      ["1:200", "forward, cancel 0, cancel 2"],
      ["0:180", "-"],
      ["0:487", "-"],
      ["2:200", "forward, done"],
    ],
  },
  {
    clause: "9.1: a CANCEL waits for the first provisional response, 100 included",
    q: TWO,
    story: [
      ["start", "start 0, start 1"],
      ["1:200", "forward"],
      ["0:100", "cancel 0"],
      ["0:180", "-"],
      ["0:487", "done"],
    ],
  },
  {
    clause: "16.10: CANCEL goes to what is pending, and is remembered for the rest",
    q: [1000, 1000, 500],
    story: [
      ["start", "start 0, start 1"],
      ["0:180", "forward"],
      ["cancel", "cancel 0"],
      ["cancel", "-"],
      ["1:180", "forward, cancel 1"],
      ["0:487", "-"],
      ["1:487", "best 0, done"],
    ],
  },
  {
    clause: "16.10: the only branch, cancelled",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:180", "forward"],
      ["cancel", "cancel 0"],
      ["0:487", "forward, done"],
      ["cancel", "-"],
    ],
  },
  {
    clause: "16.10: a CANCEL after the answer changes nothing",
    q: TWO,
    story: [
      ["start", "start 0, start 1"],
      ["0:200", "forward"],
      ["cancel", "-"],
      ["1:timeout", "done"],
    ],
  },
  {
    clause: "9.2: a caller who gave up gets 487 when nobody said anything better",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["cancel", "-"],
      ["0:timeout", "reply 487, done"],
    ],
  },
  {
    clause: "16.6: serial by descending q; 3xx is no reason to stop (recursion is off)",
    q: [100, 1000, 500],
    story: [
      ["start", "start 0"],
      ["0:302", "start 1"],
      ["1:404", "start 2"],
      ["2:500", "best 0, done"],
    ],
  },
  {
    clause: "16.6: the next group starts only when all of the group have failed",
    q: [1000, 1000, 500, 500],
    story: [
      ["start", "start 0, start 1"],
      ["0:486", "-"],
      ["1:timeout", "start 2, start 3"],
      ["2:404", "-"],
      ["3:404", "best 0, done"],
    ],
  },
  {
    clause: "16.7.5: exactly one final response to a non-INVITE, and nothing is cancelled",
    method: "MESSAGE",
    q: TWO,
    story: [
      ["start", "start 0, start 1"],
      ["1:100", "-"],
      ["0:200", "forward"],
      ["1:200", "done"],
      ["0:200", "-"],
      ["1:200", "-"],
    ],
  },
];

tellStories(STORIES);

test("the common path of a call answers with shared arrays", () => {
  const { ctx } = play("INVITE", ONE);
  assert.equal(start(ctx, 0), START_ONLY);
  assert.equal(onResponse(ctx, 0, response(100), 1), NOTHING);
  assert.equal(onResponse(ctx, 0, response(180), 2), JUST_FORWARD);
});
