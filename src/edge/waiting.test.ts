/** Requests that wait for a name server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../base/index.ts";
import { type Message, reply } from "../sip/index.ts";
import { ANNA, DOMAIN, requestText } from "./host.fixture.ts";

import { at, FAR, proved, scene, settle, statuses, URI } from "./names.fixture.ts";

/** For Anna's call of that branch. */
function cancelOf(branch: string): string {
  const [from, to] = [`<sip:anna@${DOMAIN}>;tag=a`, `<${URI}>`];
  return requestText({ method: "CANCEL", uri: URI, at: ANNA, from, to, callId: "call", cseq: 2, branch });
}

test("what is sent again while it waits makes one call, and one that waits beside it shares the question", () => {
  const s = scene(at(FAR));
  const invite = proved(s, URI);
  for (let i = 0; i < 4; i++) s.receive(ANNA, invite);
  s.receive(ANNA, proved(s, URI, "beside"));
  assert.equal(s.core.waiting.size, 2);
  settle(s);
  assert.equal(s.zone.asked.length, 3);
  assert.equal(s.core.counters.lookups, 1);
  assert.deepEqual(
    s.heard(`${FAR}:5060`).map((m) => m.method),
    ["INVITE", "INVITE"],
  );
  assert.equal(s.core.waiting.size, 0);
});

test("9.2: a CANCEL for what waits: 200 and 487, and it is not called afterwards, though it comes again", () => {
  const s = scene(at(FAR));
  const invite = proved(s, URI, "call", { branch: "waits" });
  s.receive(ANNA, invite);
  const cancel = cancelOf("waits");
  s.receive(ANNA, cancel);
  assert.deepEqual(statuses(s), [200, 487]);
  s.receive(ANNA, cancel);
  s.receive(ANNA, invite);
  assert.deepEqual(statuses(s), [200, 487]);
  settle(s);
  s.receive(ANNA, invite);
  assert.deepEqual(statuses(s), [487]);
  assert.deepEqual(s.heard(`${FAR}:5060`), []);
  s.pass(33_000);
  assert.equal(s.core.waiting.size, 0, "and is forgotten");
});

test("one account has a few requests waiting, and others have room beside it", () => {
  const s = scene({});
  for (let i = 0; i < LIMITS.waitingPerAccount; i++) s.receive(ANNA, proved(s, `sip:x@n${i}.example`, `call${i}`));
  assert.deepEqual(statuses(s), []);
  s.receive(ANNA, proved(s, "sip:x@more.example", "one-more"));
  const [full] = s.heard(ANNA);
  assert.match(full.text, /^SIP\/2.0 503 .*^Retry-After: \d+\r\n/ms);
  assert.ok(!s.zone.asked.includes("NAPTR more.example"));
  assert.equal(s.core.waiting.isFull("bert@pbx.example.org", 700), false);
  settle(s);
  s.receive(ANNA, proved(s, "sip:x@more.example", "later"));
  assert.equal(s.core.waiting.size, 1);
});

test("the list of what waits is bounded in number and in bytes, and gives both back", () => {
  const { waiting } = scene({}).core;
  const flow = scene({}).core.network.way("udp", FAR, 5060, -1);
  assert.ok(flow);
  const big = "x".repeat(65_000);
  let held = 0;
  while (!waiting.isFull(`u${held}`, big.length)) waiting.add("n", `k${held}`, flow, big, `u${held++}`);
  assert.equal(held, Math.floor(LIMITS.waitingBytes / big.length));
  assert.equal(waiting.take("n").length, held);
  held = 0;
  while (!waiting.isFull(`u${held}`, 1)) waiting.add("n", `k${held}`, flow, "x", `u${held++}`);
  assert.equal(held, LIMITS.waiting);
  for (const w of waiting.take("n")) assert.equal(w.text, "x");
  assert.equal(waiting.isFull("u0", big.length), false);
});

test("no more than so many names are looked up at once", () => {
  const s = scene({});
  const to = (i: number) => ({ host: `n${i}.example`, port: 0, transport: "" as const });
  for (let i = 0; i < LIMITS.searches; i++) assert.equal(s.core.names.search(to(i)), "new");
  assert.equal(s.core.names.search(to(LIMITS.searches)), "full");
  assert.equal(s.core.names.search(to(0)), "open", "one that is under way needs no room");
  assert.equal(s.zone.asked.length, LIMITS.searches);
});

test("a MESSAGE goes the same way, and so does its failure", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI, "call", { method: "MESSAGE" }));
  settle(s);
  const [m] = s.heard(`${FAR}:5060`);
  s.receive(`${FAR}:5060`, reply(m, 202, { toTag: "t" }));
  assert.deepEqual(statuses(s), [202]);
});

test("a CANCEL after the call has gone out goes there too", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI, "call", { branch: "gone" }));
  settle(s);
  const [invite] = s.heard(`${FAR}:5060`);
  s.receive(`${FAR}:5060`, reply(invite, 180, { toTag: "t" }));
  s.receive(ANNA, cancelOf("gone"));
  assert.deepEqual(
    s.heard(`${FAR}:5060`).map((m: Message) => m.method),
    ["CANCEL"],
  );
});

test("OPTIONS for another domain has a transaction: the same one again is not relayed twice", () => {
  const s = scene(at(FAR));
  const options = proved(s, "sip:far.example", "call", { method: "OPTIONS" });
  s.receive(ANNA, options);
  s.receive(ANNA, options);
  settle(s);
  s.receive(ANNA, options);
  assert.equal(s.heard(`${FAR}:5060`).length, 1);
});

test("at the end what is given up asks nothing more", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI));
  s.core.names.close();
  assert.equal(s.zone.asked.length, 1);
  s.pass(LIMITS.search);
  assert.deepEqual(s.heard(`${FAR}:5060`), []);
});

test("a caller whose connection has gone meanwhile calls nobody", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI));
  const flow = s.core.network.way("udp", "203.0.113.10", 40_001, -1);
  assert.ok(flow);
  Object.assign(flow, { open: false });
  settle(s);
  assert.deepEqual(s.heard(`${FAR}:5060`), []);
  assert.equal(s.core.waiting.size, 0);
});
