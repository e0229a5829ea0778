import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Effect, Event } from "./effects.ts";
import { EVENTS, give, MAKE, type MachineName } from "./machines.fixture.ts";
import { step } from "./step.ts";
import { State, type Transaction } from "./transaction.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** 64*T1: no timer may run longer. */
const LONGEST = 32_000;

const machines = fc.constantFrom(...(Object.keys(MAKE) as MachineName[]));
/** Events after a wait: any, or exactly until the next timer. */
const history = fc.array(
  fc.tuple(
    fc.constantFrom(...Object.keys(EVENTS)),
    fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 40_000 }), fc.constant(NEVER)),
  ),
  { maxLength: 40, size: "max" },
);

/** What holds between any two steps. */
function checkInvariants(tx: Transaction, now: number, mask: number): void {
  assert.equal((mask & Effect.ended) !== 0, tx.state === State.terminated, "ended exactly when it terminates");
  assert.ok(tx.due === tx.endAt || (tx.due === tx.againAt && tx.due < tx.endAt), "due is one of its timers");
  assert.ok(tx.due === NEVER || tx.due <= now + LONGEST, `due ${tx.due} at ${now}`);
  assert.ok(tx.due === NEVER || tx.due > now, "what is due now has been done");
  if (tx.state === State.terminated) assert.equal(tx.due, NEVER);
  if ((mask & Effect.send) !== 0) assert.notEqual(tx.last, "", "nothing to send");
  assert.ok((mask & Effect.send) === 0 || (mask & Effect.pass) === 0);
}

/** Lets only time pass, and the TU's timer C give up an INVITE that rings for ever. */
function runOut(tx: Transaction, start: number): number {
  let now = start;
  for (let turns = 0; tx.state !== State.terminated; turns++) {
    assert.ok(turns < 40, "it does not end");
    if (tx.due === NEVER) {
      assert.equal(tx.state, State.proceeding, "only an INVITE that was not finally answered waits without a timer");
      now += 1;
      if (step(tx, Event.respond, now, 408, "408") === Effect.none) step(tx, Event.cancel, now);
      continue;
    }
    now = Math.max(now, tx.due);
    step(tx, Event.timer, now);
  }
  return now;
}

test("property: any events in any order never throw, keep every timer within 64*T1, and time alone then ends it", () => {
  fc.assert(
    fc.property(machines, fc.boolean(), history, (machine, reliable, events) => {
      const tx = MAKE[machine](reliable, 0);
      let now = 0;
      for (const [event, wait] of events) {
        if (tx.state === State.terminated) break;
        // A host fires what is due before it hands on what came later.
        const at = wait === NEVER ? (tx.due === NEVER ? now : tx.due) : now + wait;
        while (tx.due <= at) {
          now = tx.due;
          const mask = step(tx, Event.timer, now);
          assert.notEqual(mask, Effect.none, "a timer that is due does something");
          checkInvariants(tx, now, mask);
        }
        now = at;
        const before: number = tx.state;
        const mask = give(tx, event, now);
        if (before === State.terminated) assert.equal(mask, Effect.none);
        else checkInvariants(tx, now, mask);
      }
      const end = runOut(tx, now);
      assert.ok(end <= now + 2 * LONGEST + 2, `it took ${end - now} ms`);
      for (const event of Object.keys(EVENTS)) assert.equal(give(tx, event, end + 1), Effect.none, event);
    }),
    { numRuns: 2_000 },
  );
});

test("property: a host that wakes late, early or not at all for a while changes no outcome but the times", () => {
  fc.assert(
    fc.property(
      machines,
      fc.boolean(),
      fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 30, size: "max" }),
      (machine, reliable, wakeUps) => {
        const tx = MAKE[machine](reliable, 0);
        let now = 0;
        for (const after of wakeUps) {
          now += after;
          if (tx.state === State.terminated) break;
          const early = now < tx.due;
          const mask = step(tx, Event.timer, now);
          assert.equal(mask === Effect.none, early);
          checkInvariants(tx, now, mask);
        }
        runOut(tx, now);
      },
    ),
  );
});

test("property: the TU hears of an end exactly once: one final or one failure from a client transaction", () => {
  const clients = fc.constantFrom<MachineName>("invite client", "non-invite client");
  fc.assert(
    fc.property(clients, fc.boolean(), history, (machine, reliable, events) => {
      const tx = MAKE[machine](reliable, 0);
      let now = 0;
      let ends = 0;
      let hadFinal = false;
      const hear = (mask: number, event: string): void => {
        const final = (mask & Effect.deliver) !== 0 && /[2-6]\d\d$/.test(event);
        // RFC 6026 7.2: a 2xx to INVITE is passed up each time.
        if (final && !(hadFinal && event === "response 200" && machine === "invite client")) ends++;
        if ((mask & Effect.timeout) !== 0) ends++;
        // An ACK that could not be sent is told after the final.
        if ((mask & Effect.failed) !== 0 && !hadFinal) ends++;
        if (final) hadFinal = true;
      };
      for (const [event, wait] of events) {
        now += wait === NEVER ? 0 : wait;
        hear(give(tx, event, now), event);
      }
      while (tx.state !== State.terminated) {
        if (tx.due === NEVER) step(tx, Event.cancel, now);
        now = Math.max(now, tx.due);
        hear(step(tx, Event.timer, now), "timer");
      }
      assert.equal(ends, 1);
    }),
    { numRuns: 1_000 },
  );
});
