import assert from "node:assert/strict";
import { test } from "node:test";
import { JUST_FORWARD, NOTHING, START_ONLY } from "./effects.ts";
import { play, response } from "./play.fixture.ts";
import { onResponse, start } from "./step.ts";

interface Row {
  readonly clause: string;
  readonly method?: string;
  /** q of each target. */
  readonly q: readonly number[];
  readonly breadth?: number;
  /** Event and the effects that answer it. */
  readonly story: readonly (readonly [string, string])[];
}

const ONE = [1000];
const TWO = [1000, 1000];

const ROWS: readonly Row[] = [
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

for (const row of ROWS) {
  test(row.clause, () => {
    const p = play(row.method ?? "INVITE", row.q, row.breadth ?? -1);
    const told = row.story.map(([event]) => [event, p.tell(event)]);
    assert.deepEqual(told, row.story);
  });
}

test("the common path of a call answers with shared arrays", () => {
  const { ctx } = play("INVITE", ONE);
  assert.equal(start(ctx, 0), START_ONLY);
  assert.equal(onResponse(ctx, 0, response(100), 1), NOTHING);
  assert.equal(onResponse(ctx, 0, response(180), 2), JUST_FORWARD);
});

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
