import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Binding } from "./binding.ts";
import { Location, lookup } from "./location.ts";
import { AOR, BOUNDS, flowFrom, NOW, office, registerMessage, values } from "./register.fixture.ts";
import { register } from "./register.ts";

function binding(over: Partial<Binding> = {}): Binding {
  return {
    aor: AOR,
    contact: "sip:anna@10.0.0.5",
    params: "",
    callId: "c",
    cseq: 1,
    expires: NOW + 60_000,
    told: NOW + 60_000,
    q: 1_000,
    path: [],
    instance: "",
    regId: 0,
    userAgent: "",
    flow: flowFrom("203.0.113.9", 5060),
    received: "udp:203.0.113.9:5060",
    listener: 0,
    ...over,
  };
}

test("lookup: best q first, without the expired and those over a closed connection", () => {
  const location = new Location();
  const gone = flowFrom("203.0.113.9", 40_000, "tcp");
  location.add(binding({ contact: "sip:low", q: 100 }));
  location.add(binding({ contact: "sip:dead", q: 900, expires: NOW }));
  location.add(binding({ contact: "sip:closed", q: 950, flow: gone }));
  location.add(binding({ contact: "sip:high", q: 1_000 }));
  gone.open = false;
  assert.deepEqual(
    lookup(location, AOR, NOW).map((b) => b.contact),
    ["sip:high", "sip:low"],
  );
  assert.deepEqual(lookup(location, "nobody@example.org", NOW), []);
});

test("RFC 5626 7: of the flows of one phone only one is a target, the newest that lives", () => {
  const location = new Location();
  const tcp = [1, 2].map((n) => flowFrom("203.0.113.9", 40_000 + n, "tcp"));
  location.add(binding({ contact: "sip:one", instance: "i", regId: 1, flow: tcp[0] }));
  location.add(binding({ contact: "sip:two", instance: "i", regId: 2, flow: tcp[1] }));
  location.add(binding({ contact: "sip:other", instance: "j", regId: 1 }));
  location.add(binding({ contact: "sip:plain", instance: "i" }));
  const targets = (): string[] => lookup(location, AOR, NOW).map((b) => b.contact);
  assert.deepEqual(targets(), ["sip:plain", "sip:other", "sip:two"]);
  tcp[1].open = false;
  assert.deepEqual(targets(), ["sip:plain", "sip:other", "sip:one"]);
});

test("a connection takes its bindings with it, all users', and no others", () => {
  const { location, flow, send } = office();
  const trunk = flowFrom("203.0.113.10", 40_000, "tcp");
  send(["Contact: <sip:a@10.0.0.5>"]);
  send(["Contact: <sip:b@10.0.0.5>", "Contact: <sip:c@10.0.0.5>"], { flow: trunk, callId: "two" });
  send(["Contact: <sip:d@10.0.0.5>"], { flow: trunk, aor: "bert@example.org" });
  assert.deepEqual([location.reaches(trunk), location.reaches(flow)], [true, false]);
  trunk.open = false;
  const gone = location.closed(trunk).map((c) => `${c.kind} ${c.binding.contact}`);
  assert.deepEqual(gone, ["remove sip:c@10.0.0.5", "remove sip:b@10.0.0.5", "remove sip:d@10.0.0.5"]);
  assert.equal(location.size, 1);
  assert.deepEqual(location.closed(trunk), []);
  assert.equal(location.reaches(trunk), false);
  assert.deepEqual(location.closed(flow), [], "UDP has nothing that closes");
});

test("who asks is told of a connection's first binding and of its last", () => {
  const { location, send } = office();
  const [one, two] = [flowFrom("203.0.113.10", 40_000, "tcp"), flowFrom("203.0.113.10", 40_001, "tcp")];
  const told: string[] = [];
  location.onReach = (flow, reached) => told.push(`${flow === one ? "one" : "two"} ${reached}`);
  send(["Contact: <sip:a@10.0.0.5>"], { flow: one });
  send(["Contact: <sip:a@10.0.0.5>"], { flow: one, cseq: 2 });
  send(["Contact: <sip:d@10.0.0.5>"], { flow: one, aor: "bert@example.org" });
  location.drop("bert@example.org");
  assert.deepEqual(told, ["one true"]);
  // The same contact by another connection: nobody is reached by the old one any more, however often it is done.
  send(["Contact: <sip:a@10.0.0.5>"], { flow: two, cseq: 3 });
  assert.deepEqual(told.slice(1).sort(), ["one false", "two true"]);
  location.closed(two);
  assert.equal(told.at(-1), "two false");
});

test("a binding that moved to another flow does not die with the old one", () => {
  const { location, send } = office();
  const old = flowFrom("203.0.113.9", 40_000, "tcp");
  send(["Contact: <sip:a@10.0.0.5>"], { flow: old });
  send(["Contact: <sip:a@10.0.0.5>"], { cseq: 2, flow: flowFrom("203.0.113.9", 40_001, "tcp") });
  assert.deepEqual(location.closed(old), []);
  assert.equal(location.size, 1);
});

test("sweep comes by all in small slices, whatever happens in between", () => {
  const location = new Location();
  for (let n = 0; n < 100; n++) location.add(binding({ aor: `u${n}@example.org`, expires: NOW + (n % 2) * 1_000 }));
  let removed = 0;
  for (let turn = 0; turn < 12; turn++) {
    removed += location.sweep(NOW, 10).length;
    location.add(binding({ aor: `new${turn}@example.org` }));
  }
  assert.equal(removed, 50);
  assert.equal(location.size, 62);
  for (let turn = 0; turn < 20; turn++) removed += location.sweep(NOW + 3_600_000, 10).length;
  assert.equal(location.size, 0);
  assert.equal(removed, 112);
  assert.deepEqual(location.sweep(NOW, 10), []);
});

test("restore takes the living, keeps their names and order, and the next REGISTER goes on from there", () => {
  const { location: before, flow, send } = office();
  send(["Contact: <sip:a@10.0.0.5>;q=0.3", "User-Agent: Phone/1"], { cseq: 7 });
  send(["Contact: <sip:b@10.0.0.6>;q=0.9;expires=60"], { callId: "two" });
  const rows = [...before.all()].map((b) => ({ ...b, path: [...b.path] }));
  const location = new Location();
  assert.equal(location.restore([...rows, binding({ contact: "sip:dead", expires: NOW })], NOW + 59_000), 2);
  assert.deepEqual(
    location.get(AOR).map((b) => b.contact),
    ["sip:b@10.0.0.6", "sip:a@10.0.0.5"],
  );
  const late = registerMessage(["Contact: <sip:a@10.0.0.5>;expires=0"], "one", 6);
  assert.equal(register(location, late, AOR, flow, NOW + 59_000, BOUNDS).status, 500, "the CSeq survived");
  const fetch = register(location, registerMessage([], "one", 8), AOR, flow, NOW + 59_000, BOUNDS);
  assert.deepEqual(values(fetch, "Contact"), [
    "<sip:b@10.0.0.6>;q=0.9;expires=1",
    "<sip:a@10.0.0.5>;q=0.3;expires=3541",
  ]);
});

test("drop removes all of one user", () => {
  const { location, send } = office();
  send(["Contact: <sip:a@10.0.0.5>", "Contact: <sip:b@10.0.0.5>"]);
  assert.equal(location.drop(AOR).length, 2);
  assert.deepEqual(location.drop(AOR), []);
  assert.deepEqual([location.size, location.aors], [0, 0]);
});

test("property: whatever is registered, the changes replayed in order give what is bound", () => {
  const contact = fc.record({
    host: fc.integer({ min: 1, max: 5 }),
    expires: fc.constantFrom(0, 60, 600),
    q: fc.constantFrom("", ";q=0.5"),
  });
  const request = fc.record({
    contacts: fc.array(contact, { maxLength: 3 }),
    callId: fc.constantFrom("one", "two"),
    cseq: fc.integer({ min: 1, max: 12 }),
    seconds: fc.integer({ min: 0, max: 700 }),
    tcp: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
      const { location, send, flow } = office();
      const tcp = flowFrom("203.0.113.9", 40_000, "tcp");
      const stored = new Map<string, Binding>();
      for (const r of requests.sort((a, b) => a.seconds - b.seconds)) {
        const headers = r.contacts.map((c) => `Contact: <sip:a@10.0.0.${c.host}>;expires=${c.expires}${c.q}`);
        const answer = send(headers, { callId: r.callId, cseq: r.cseq, seconds: r.seconds, flow: r.tcp ? tcp : flow });
        for (const { kind, binding: b } of answer.changed) {
          if (kind === "put") stored.set(b.contact, b);
          else stored.delete(b.contact);
        }
        const bound = location.get(AOR);
        assert.ok(bound.length <= BOUNDS.maxContacts);
        assert.deepEqual(new Set(bound), new Set(stored.values()));
        assert.ok(bound.every((b, n) => n === 0 || bound[n - 1].q >= b.q));
        assert.equal(new Set(bound.map((b) => b.contact)).size, bound.length);
      }
    }),
  );
});

test("a renewal by less than five seconds is not told to the store; one that changes anything else is", () => {
  const location = new Location();
  const send = (cseq: number, now: number, flow = flowFrom("203.0.113.9", 5060)) =>
    register(
      location,
      registerMessage(["Contact: <sip:anna@10.0.0.5>;expires=60"], "one", cseq),
      AOR,
      flow,
      now,
      BOUNDS,
    );
  const flow = flowFrom("203.0.113.9", 5060);
  const told: number[] = [];
  for (const [cseq, after] of [
    [1, 0],
    [2, 1_000],
    [3, 4_999],
    [4, 5_000],
    [5, 6_000],
    [6, 10_000],
  ]) {
    const { status, changed } = send(cseq, NOW + after, flow);
    assert.equal(status, 200);
    if (changed.length > 0) told.push(cseq);
    assert.equal(location.get(AOR)[0].expires, NOW + after + 60_000, "what is granted is kept all the same");
  }
  assert.deepEqual(told, [1, 4, 6]);
  assert.equal(send(7, NOW + 10_001, flowFrom("203.0.113.9", 5061)).changed.length, 1, "another flow");
});
