import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Play, play } from "./play.fixture.ts";

const STATUSES = [100, 180, 183, 200, 202, 302, 401, 404, 407, 408, 486, 487, 500, 503, 600, 603];

/** One thing that happens: to which of the branches under way, and what. */
interface Happening {
  readonly branch: number;
  readonly what: string;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  branch: fc.nat(9),
  what: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...STATUSES.map(String)) },
    { weight: 2, arbitrary: fc.constantFrom("timeout", "error", "novia") },
    { weight: 1, arbitrary: fc.constantFrom("cancel", "+20000", "+181000") },
  ),
});

const story = fc.record({
  invite: fc.boolean(),
  q: fc.array(fc.constantFrom(100, 500, 1000), { minLength: 1, maxLength: 6 }),
  breadth: fc.integer({ min: 1, max: 8 }),
  events: fc.array(happening, { maxLength: 40 }),
});

/** What a branch looks like from outside. */
interface Seen {
  provisional: boolean;
  ended: boolean;
  cancels: number;
}

/** Watches one context and complains of anything a proxy must not do. */
class Watch {
  readonly p: Play;
  readonly invite: boolean;
  readonly seen: Seen[];
  readonly started = new Set<number>();
  successes = 0;
  refusals = 0;
  abandoned = 0;
  done = 0;
  /** A 2xx, a 6xx or a CANCEL has come. */
  decided = false;

  constructor(invite: boolean, q: readonly number[], breadth: number) {
    this.invite = invite;
    this.p = play(invite ? "INVITE" : "MESSAGE", q, breadth);
    this.seen = q.map(() => ({ provisional: false, ended: false, cancels: 0 }));
    this.take("start", "start", -1);
  }

  get open(): number[] {
    return [...this.started].filter((i) => !this.seen[i].ended);
  }

  happen(branch: number, what: string): void {
    if (what === "cancel" || what.startsWith("+")) {
      if (what === "cancel" && this.invite && this.done === 0) this.decided = true;
      this.take(what, what, -1);
      return;
    }
    const status = Number(what);
    const seen = this.seen[branch];
    if (status < 200) seen.provisional ||= !seen.ended;
    else {
      const success = status >= 200 && status < 300;
      // What comes after another final response on the same branch decides nothing, unless it is a 2xx to an INVITE.
      if ((!seen.ended && (success || status >= 600)) || (this.invite && success)) this.decided = true;
      seen.ended = true;
    }
    this.take(`${branch}:${what}`, what, branch);
  }

  take(event: string, what: string, branch: number): void {
    const wasDone = this.done > 0;
    const decidedBefore = this.decided;
    for (const effect of this.p.tell(event).split(", ")) this.obey(effect, what, branch, wasDone, decidedBefore);
    this.check();
  }

  obey(effect: string, what: string, branch: number, wasDone: boolean, decided: boolean): void {
    const [kind, text] = effect.split(" ");
    const n = Number(text);
    const success = Number(what) >= 200 && Number(what) < 300;
    if (kind === "-") return;
    if (wasDone) assert.ok(kind === "forward" && success && this.invite, `${effect} after done`);
    switch (kind) {
      case "start":
        assert.ok(!decided, "a branch after a 2xx, 6xx or CANCEL");
        assert.ok(!this.started.has(n));
        this.started.add(n);
        break;
      case "forward":
        assert.ok(Number(what) > 100, `forwarded ${what} of ${branch}`);
        if (success) this.successes++;
        else if (Number(what) >= 300) this.refusals++;
        else assert.ok(this.invite && this.successes + this.refusals === 0, "provisional after a final response");
        break;
      case "best":
        assert.ok(this.seen[n].ended);
        this.refusals++;
        break;
      case "reply":
        assert.ok(this.invite || n !== 408);
        this.refusals++;
        break;
      case "cancel":
        assert.ok(this.invite && this.seen[n].provisional && !this.seen[n].ended, `cancelled ${n}`);
        this.seen[n].cancels++;
        break;
      case "drop":
        this.seen[n].ended = true;
        break;
      case "abandon":
        assert.ok(!this.invite);
        this.abandoned++;
        break;
      case "done":
        this.done++;
        break;
      default:
        assert.fail(effect);
    }
  }

  /** What holds after every step. */
  check(): void {
    const { ctx } = this.p;
    assert.ok(this.done <= 1 && this.refusals + this.abandoned <= 1);
    assert.ok(this.seen.every((s) => s.cancels <= 1));
    for (const i of this.open) {
      const { provisional, cancels } = this.seen[i];
      if (this.decided && this.invite && provisional) assert.equal(cancels, 1, `branch ${i} rings on`);
      assert.ok(!this.invite || ctx.due <= ctx.branches[i].deadline, "nobody will look at this branch again");
    }
    const outgoing = this.open.reduce((sum, i) => sum + ctx.branches[i].breadth, 0);
    assert.ok(outgoing <= ctx.breadth, "RFC 5393 5.3.3");
    assert.equal(ctx.finished, this.done === 1);
  }
}

test("any order of responses, timeouts, errors, CANCEL and time: one final answer, nobody rings on, silence after the end", () => {
  fc.assert(
    fc.property(story, ({ invite, q, breadth, events }) => {
      const w = new Watch(invite, q, breadth);
      // A client transaction says nothing more after a non-2xx, so most happenings go to branches under way.
      for (const { branch, what } of events) {
        const among = w.open.length > 0 && branch < 8 ? w.open : [...w.started];
        w.happen(among[branch % among.length], what);
      }
      // Whatever is left gives up.
      for (let left = w.open; left.length > 0; left = w.open) w.happen(left[0], "timeout");
      assert.equal(w.done, 1);
      if (w.successes === 0) assert.equal(w.refusals + w.abandoned, 1);
      else {
        assert.equal(w.abandoned, 0);
        // RFC 3261 16.7.5: a 2xx may still follow what was refused, but only to an INVITE.
        assert.ok(invite || (w.successes === 1 && w.refusals === 0));
      }
    }),
    { numRuns: 1_000 },
  );
});

test("what is told before the end: exactly one non-2xx, or 2xx alone", () => {
  fc.assert(
    fc.property(story, ({ invite, q, breadth, events }) => {
      const w = new Watch(invite, q, breadth);
      for (const { branch, what } of events) {
        if (w.open.length === 0) break;
        w.happen(w.open[branch % w.open.length], what);
      }
      for (let left = w.open; left.length > 0; left = w.open) w.happen(left[0], "timeout");
      assert.ok(w.successes > 0 ? w.refusals + w.abandoned === 0 : w.refusals + w.abandoned === 1);
    }),
    { numRuns: 1_000 },
  );
});

test("time alone ends every INVITE", () => {
  fc.assert(
    fc.property(story, ({ q, breadth, events }) => {
      const w = new Watch(true, q, breadth);
      for (const { branch, what } of events) {
        if (w.open.length > 0) w.happen(w.open[branch % w.open.length], what);
      }
      for (let i = 0; i < 20 && w.done === 0; i++) w.happen(0, "+181000");
      assert.equal(w.done, 1);
      assert.equal(w.p.ctx.due, Number.POSITIVE_INFINITY);
    }),
    { numRuns: 1_000 },
  );
});
