import assert from "node:assert/strict";
import { test } from "node:test";
import { ONE, play, type Story, TWO, tellStories } from "./play.fixture.ts";

/** Patience, breadth, and what is not an INVITE. */
const STORIES: readonly Story[] = [
  {
    clause: "9.1: a branch that says nothing for 64*T1 after its CANCEL is destroyed",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:180", "forward"],
      ["cancel", "cancel 0"],
      ["0:183", "forward"],
      ["+31999", "-"],
      ["+1", "drop 0, reply 487, done"],
    ],
  },
  {
    clause: "16.8: timer C cancels a branch that rang too long",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:180", "forward"],
      ["+180999", "-"],
      ["+1", "cancel 0"],
      ["0:487", "forward, done"],
    ],
  },
  {
    clause: "16.7.2: 101..199 starts timer C anew, 100 does not",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["+100000", "-"],
      ["0:180", "forward"],
      ["+100000", "-"],
      ["0:100", "-"],
      ["+80999", "-"],
      ["+1", "cancel 0"],
    ],
  },
  {
    clause: "16.8: timer C without a provisional response acts as 408, and the next group is tried",
    q: [1000, 500],
    story: [
      ["start", "start 0"],
      ["+181000", "drop 0, start 1"],
      ["1:200", "forward, done"],
    ],
  },
  {
    clause: "16.8: a branch given up by timer C is destroyed when its CANCEL is not answered either",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:180", "forward"],
      ["+181000", "cancel 0"],
      ["+32000", "drop 0, reply 408, done"],
      ["+1000000", "-"],
    ],
  },
  {
    clause: "RFC 5393 5.5: more targets than breadth: as one ends, the next starts",
    q: [1000, 1000, 1000],
    breadth: 2,
    story: [
      ["start", "start 0, start 1"],
      ["1:486", "start 2"],
      ["0:486", "-"],
      ["2:486", "best 1, done"],
    ],
  },
  {
    clause: "RFC 5393 5.5: a breadth of 1 forks serially",
    q: TWO,
    breadth: 1,
    story: [
      ["start", "start 0"],
      ["0:486", "start 1"],
      ["1:200", "forward, done"],
    ],
  },
  {
    clause: "RFC 5393 5.3.3: no breadth at all is 440",
    q: ONE,
    breadth: 0,
    story: [["start", "reply 440, done"]],
  },
  {
    clause: "RFC 4320 4.2: a non-INVITE that times out is not answered",
    method: "MESSAGE",
    q: TWO,
    story: [
      ["start", "start 0, start 1"],
      ["0:timeout", "-"],
      ["1:timeout", "abandon, done"],
      ["1:200", "-"],
    ],
  },
  {
    clause: "RFC 4320 4.2: a 408 to a non-INVITE is not sent on, but another failure is",
    method: "MESSAGE",
    q: TWO,
    story: [
      ["start", "start 0, start 1"],
      ["0:408", "-"],
      ["1:503", "reply 500, done"],
    ],
  },
  {
    clause: "RFC 4320 4.2: a 408 alone to a non-INVITE",
    method: "BYE",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:408", "abandon, done"],
    ],
  },
  {
    clause: "RFC 4320 4.1: no provisional response to a non-INVITE goes on",
    method: "MESSAGE",
    q: ONE,
    story: [
      ["start", "start 0"],
      ["0:100", "-"],
      ["0:183", "-"],
      ["0:200", "forward, done"],
    ],
  },
  {
    clause: "9.1: a non-INVITE is never cancelled, not by 6xx either",
    method: "MESSAGE",
    q: TWO,
    story: [
      ["start", "start 0, start 1"],
      ["0:100", "-"],
      ["cancel", "-"],
      ["1:600", "-"],
      ["0:404", "best 1, done"],
    ],
  },
];

tellStories(STORIES);

test("16.6.11: timer C is set for an INVITE only, and ends with it", () => {
  const invite = play("INVITE", TWO);
  assert.equal(invite.ctx.due, Number.POSITIVE_INFINITY);
  invite.tell("start");
  assert.ok(invite.ctx.due - invite.now > 180_000);
  invite.tell("0:486");
  invite.tell("1:486");
  assert.equal(invite.ctx.due, Number.POSITIVE_INFINITY);
  const message = play("MESSAGE", TWO);
  message.tell("start");
  assert.equal(message.ctx.due, Number.POSITIVE_INFINITY);
});

test("RFC 5393 5.3.3: the breadth of a group is what came in, and is used again by the next", () => {
  const breadths = (q: number[], breadth: number): number[] => {
    const p = play("INVITE", q, breadth);
    p.tell("start");
    for (let i = 0; i < q.length; i++) p.tell(`${i}:404`);
    return p.ctx.branches.map((b) => b.breadth);
  };
  const rows: readonly (readonly [string, number[], number, number[]])[] = [
    ["none is 60", [1000], -1, [60]],
    ["more than our maximum is overwritten", [1000], 1_000, [60]],
    ["a single branch gets all", [1000], 7, [7]],
    ["an even split", [1000, 1000], 60, [30, 30]],
    ["the remainder goes to the first", [1000, 1000, 1000], 5, [2, 2, 1]],
    ["serial groups get all, one after the other", [1000, 500, 500], 9, [9, 5, 4]],
    ["too little for all at once", [1000, 1000, 1000], 2, [1, 1, 1]],
  ];
  for (const [name, q, breadth, want] of rows) assert.deepEqual(breadths(q, breadth), want, name);
});
