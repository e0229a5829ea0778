/** A client and a server transaction joined by a link that loses, repeats, delays and reorders what they send. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Effect, Event, type EventCode } from "./effects.ts";
import { MAKE } from "./machines.fixture.ts";
import { step } from "./step.ts";
import { State, type Transaction } from "./transaction.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** What the link does with one message: how long each copy of it takes, ms; no copy: lost. */
type Fate = readonly number[];

interface Arrival {
  readonly at: number;
  readonly to: "client" | "server";
  /** A response's status; 0 is the request, 1 the ACK. */
  readonly what: number;
}

interface Outcome {
  /** What the client's TU was told, in order: statuses, "timeout". */
  readonly client: string[];
  /** How often the server's TU got the request, as far as it took it for new.*/
  readonly requests: number;
  readonly sent: number;
  readonly end: number;
  /** The client still waits for a final, without a timer. */
  readonly ringing: boolean;
}

/** Runs an exchange on a fake clock until both ends are gone. The server's TU answers `statuses` at these times after the request. */
function exchange(
  invite: boolean,
  answers: readonly (readonly [after: number, status: number])[],
  fates: Iterator<Fate>,
): Outcome {
  const client = MAKE[invite ? "invite client" : "non-invite client"](false, 0);
  let server: Transaction | undefined;
  let answersLeft: [number, number][] = [];
  let arrivals: Arrival[] = [];
  const told: string[] = [];
  let requests = 0;
  let sent = 0;
  let now = 0;
  const put = (to: "client" | "server", what: number): void => {
    sent++;
    const fate = fates.next();
    for (const delay of fate.done === true ? [1] : fate.value) arrivals.push({ at: now + delay, to, what });
  };
  const tellClient = (event: EventCode, status: number): void => {
    const mask = step(client, event, now, status);
    if ((mask & Effect.send) !== 0) put("server", 0);
    if ((mask & Effect.deliver) !== 0) told.push(String(status));
    if ((mask & Effect.ack) !== 0) put("server", 1);
    if ((mask & Effect.timeout) !== 0) told.push("timeout");
  };
  const tellServer = (event: EventCode, status: number): void => {
    if (server === undefined) return;
    const mask = step(server, event, now, status, String(status));
    if ((mask & Effect.send) !== 0) put("client", Number(server.last));
    if ((mask & Effect.trying) !== 0) tellServer(Event.respond, 100);
  };
  const arrive = (a: Arrival): void => {
    if (a.to === "client") tellClient(Event.response, a.what);
    else if (server !== undefined && server.state !== State.terminated)
      tellServer(a.what === 0 ? Event.request : Event.ack, 0);
    else if (a.what === 0) {
      requests++;
      server = MAKE[invite ? "invite server" : "non-invite server"](false, now);
      answersLeft = answers.map(([after, status]) => [now + after, status]);
    }
  };
  put("server", 0);
  for (let turns = 0; ; turns++) {
    assert.ok(turns < 10_000, "it does not end");
    const next = Math.min(
      ...arrivals.map((a) => a.at),
      ...answersLeft.map(([at]) => at),
      client.due,
      server?.due ?? NEVER,
    );
    if (next === NEVER) break;
    now = Math.max(now, next);
    if (client.due <= now) tellClient(Event.timer, 0);
    if (server !== undefined && server.due <= now) tellServer(Event.timer, 0);
    const due = arrivals.filter((a) => a.at <= now);
    arrivals = arrivals.filter((a) => a.at > now);
    for (const a of due) arrive(a);
    const speaking = answersLeft.filter(([at]) => at <= now);
    answersLeft = answersLeft.filter(([at]) => at > now);
    for (const [, status] of speaking) tellServer(Event.respond, status);
  }
  return { client: told, requests, sent, end: now, ringing: client.state === State.proceeding };
}

function* repeat(fates: readonly Fate[]): Generator<Fate> {
  for (const fate of fates) yield fate;
}

const GOOD: Fate = [20];
const LOST: Fate = [];

interface Case {
  readonly name: string;
  readonly invite: boolean;
  readonly answers: readonly (readonly [number, number])[];
  readonly fates: readonly Fate[];
  readonly client: readonly string[];
  readonly sent: number;
}

const cases: Case[] = [
  { name: "nothing is lost", invite: false, answers: [[10, 200]], fates: [GOOD, GOOD], client: ["200"], sent: 2 },
  { name: "the request is lost", invite: false, answers: [[10, 200]], fates: [LOST], client: ["200"], sent: 3 },
  { name: "the final is lost", invite: false, answers: [[10, 200]], fates: [GOOD, LOST], client: ["200"], sent: 4 },
  {
    name: "request and final are doubled",
    invite: false,
    answers: [[10, 200]],
    fates: [
      [5, 30],
      [5, 6],
      [5, 7],
    ],
    client: ["200"],
    sent: 3,
  },
  {
    name: "the answer takes 5 s: a 100 at 3.5 s, and again for the request that comes then",
    invite: false,
    answers: [[5_000, 200]],
    fates: [],
    client: ["100", "100", "200"],
    sent: 7,
  },
  {
    name: "an INVITE is refused",
    invite: true,
    answers: [
      [0, 100],
      [100, 486],
    ],
    fates: [],
    client: ["100", "486"],
    sent: 4,
  },
  {
    name: "the INVITE is lost",
    invite: true,
    answers: [
      [0, 100],
      [100, 486],
    ],
    fates: [LOST],
    client: ["100", "486"],
    sent: 5,
  },
  {
    name: "the 486 is lost: timer G",
    invite: true,
    answers: [
      [0, 100],
      [100, 486],
    ],
    fates: [GOOD, GOOD, LOST],
    client: ["100", "486"],
    sent: 5,
  },
  {
    name: "the ACK is lost: timer G again",
    invite: true,
    answers: [
      [0, 100],
      [100, 486],
    ],
    fates: [GOOD, GOOD, GOOD, LOST],
    client: ["100", "486"],
    sent: 6,
  },
  {
    name: "the 486 comes before the 180",
    invite: true,
    answers: [
      [0, 180],
      [1, 486],
    ],
    fates: [GOOD, [300], [5]],
    client: ["486"],
    sent: 4,
  },
  {
    name: "the 200 comes before the 180",
    invite: true,
    answers: [
      [0, 180],
      [1, 200],
    ],
    fates: [GOOD, [300], [5]],
    client: ["200"],
    sent: 3,
  },
  {
    name: "2xx from several forks",
    invite: true,
    answers: [
      [0, 200],
      [300, 200],
      [900, 200],
    ],
    fates: [],
    client: ["200", "200", "200"],
    sent: 4,
  },
];

for (const c of cases)
  test(`RFC 3261 17: ${c.invite ? "INVITE" : "non-INVITE"}: ${c.name}`, () => {
    const outcome = exchange(c.invite, c.answers, repeat(c.fates));
    assert.deepEqual(outcome.client, c.client);
    assert.equal(outcome.sent, c.sent);
    assert.equal(outcome.requests, 1, "the TU got it once");
  });

test("RFC 3261 17.1.1.2: everything is lost", () => {
  const silence = function* (): Generator<Fate> {
    for (;;) yield LOST;
  };
  assert.deepEqual(exchange(true, [[0, 100]], silence()), {
    client: ["timeout"],
    requests: 0,
    sent: 7,
    end: 32_000,
    ringing: false,
  });
  assert.deepEqual(exchange(false, [[0, 200]], silence()), {
    client: ["timeout"],
    requests: 0,
    sent: 11,
    end: 32_000,
    ringing: false,
  });
});

test("property: over any bad link the TU gets the request once, the caller exactly one end, and both sides are gone", () => {
  // Under T1: a request sent just before timer B and under way for longer finds timer L or J gone, as RFC 3261 has it.
  const fate = fc.oneof(
    fc.array(fc.integer({ min: 0, max: 499 }), { maxLength: 3 }),
    fc.constant(LOST),
    fc.constant(GOOD),
  );
  const answers = fc.constantFrom<readonly (readonly [number, number])[]>(
    [[10, 200]],
    [
      [0, 100],
      [3_000, 486],
    ],
    [
      [0, 100],
      [500, 180],
      [9_000, 200],
    ],
    [[6_000, 603]],
  );
  fc.assert(
    fc.property(fc.boolean(), answers, fc.array(fate, { maxLength: 60, size: "max" }), (invite, said, fates) => {
      const outcome = exchange(invite, said, repeat(fates));
      assert.ok(outcome.requests <= 1, `the TU got it ${outcome.requests} times`);
      const ends = outcome.client.filter((word) => word === "timeout" || Number(word) >= 200);
      assert.ok(ends.length <= 1 || said[said.length - 1][1] === 200, outcome.client.join(" "));
      // An INVITE that rings and whose final is lost each time is for the TU's timer C.
      assert.ok(ends.length >= 1 || outcome.ringing, "nobody told the caller");
      assert.ok(outcome.end <= 120_000, `it took ${outcome.end} ms`);
    }),
    { numRuns: 500 },
  );
});
