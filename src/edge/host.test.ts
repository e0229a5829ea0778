/** What only shows with time or with a fault of ours: the whole edge but its sockets, on a clock moved by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { H, type Message, reply } from "../sip/index.ts";
import { DOMAIN, EDGE, inviteText, newScene, requestText, type Scene, statuses } from "./host.fixture.ts";

const CALLER = "198.51.100.7:5060";
const CALLEE = "203.0.113.9:40000";
const OTHER = "203.0.113.10:40001";

/** An edge where Bert is registered, from one phone or two. */
function withBert(...phones: readonly string[]): Scene {
  return newScene({ users: ["bert"], bound: phones.map((at) => ["bert", at]) });
}

/** OPTIONS is answered: the edge lives. */
function livesOn(scene: Scene): void {
  const uri = `sip:${DOMAIN}`;
  const at = "198.51.100.99:5060";
  const from = "<sip:x@elsewhere.example>;tag=1";
  scene.receive(at, requestText({ method: "OPTIONS", uri, at, from, to: `<${uri}>`, callId: "alive" }));
  assert.deepEqual(statuses(scene.heard(at)), [200]);
}

test("RFC 3261 16.8, 17.1.1.2 timer B: a callee that never answers: 408 after 32 s, and nothing is kept after that", () => {
  const scene = withBert(CALLEE);
  scene.receive(CALLER, inviteText("bert", CALLER, "b"));
  assert.deepEqual(statuses(scene.heard(CALLER)), [100]);
  scene.pass(31_900);
  assert.deepEqual(scene.heard(CALLER), [], "not before its time");
  // RFC 3261 17.1.1.2, timer A: at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s.
  assert.equal(scene.heard(CALLEE).length, 7);
  scene.pass(200);
  const [timeout] = scene.heard(CALLER);
  assert.equal(timeout.status, 408);
  assert.notEqual(timeout.need(H.to).tag, "");
  assert.deepEqual(scene.heard(CALLEE), [], "no CANCEL for what nobody has heard of");
  const ack = { method: "ACK", branch: "0", cseq: 1, to: `<sip:bert@${DOMAIN}>;tag=${timeout.need(H.to).tag}` };
  scene.receive(CALLER, ackFor(timeout, ack));
  scene.pass(64_000);
  assert.deepEqual(scene.heard(CALLER), [], "the ACK ends it");
  assert.equal(scene.core.transactions.size, 0);
  assert.deepEqual(scene.faults, []);
});

test("RFC 3261 16.6 item 11, 16.8 timer C: a callee that rings for ever is cancelled, and the caller hears", () => {
  const scene = withBert(CALLEE);
  scene.receive(CALLER, inviteText("bert", CALLER, "c"));
  const [invite] = scene.heard(CALLEE);
  scene.receive(CALLEE, reply(invite, 180, { toTag: "callee" }));
  assert.deepEqual(statuses(scene.heard(CALLER)), [100, 180]);
  scene.pass(179_000);
  assert.deepEqual(scene.heard(CALLEE), [], "it may ring for three minutes at least");
  scene.pass(31_000);
  const cancel = scene.heard(CALLEE);
  assert.ok(cancel.length > 0 && cancel.every((m) => m.method === "CANCEL"));
  scene.receive(CALLEE, reply(cancel[0], 200, {}));
  scene.receive(CALLEE, reply(invite, 487, { toTag: "callee" }));
  assert.deepEqual(statuses(scene.heard(CALLER)), [487]);
  scene.pass(64_000);
  assert.equal(scene.core.transactions.size, 0);
});

/** The ACK of a caller for a refusal. */
function ackFor(refusal: Message, more: { readonly to: string }): string {
  const branch = refusal.need(H.via).branch.slice("z9hG4bK".length);
  const uri = `sip:bert@${DOMAIN}`;
  const from = "<sip:caller@elsewhere.example>;tag=caller";
  return requestText({ uri, at: CALLER, from, callId: refusal.need(H.callId), ...more, method: "ACK", branch });
}

/** A 183 that makes an early dialog with the tag `tag`; the lines of Record-Route that both sides then have. */
function early(scene: Scene, at: string, tag: string): { readonly invite: Message; readonly routes: string[] } {
  const [invite] = scene.heard(at);
  const routes = invite.text.match(/^Record-Route: [^\r]+/gm) ?? [];
  const headers = [...routes, `Contact: <sip:bert@10.0.0.5:${at.split(":")[1]}>`, "Require: 100rel", "RSeq: 1"];
  scene.receive(at, reply(invite, 183, { toTag: tag, headers: `${headers.join("\r\n")}\r\n` }));
  return { invite, routes: routes.map((line) => line.replace("Record-", "")) };
}

/** What one side of the call `callId` asks the other before there is an answer. */
function asks(method: string, routes: readonly string[], byCaller: boolean, tag: string, callId: string): string {
  const caller = "<sip:caller@elsewhere.example>;tag=caller";
  const callee = `<sip:bert@${DOMAIN}>;tag=${tag}`;
  const [from, to] = byCaller ? [caller, callee] : [callee, caller];
  // A contact as a phone behind a NAT gives it: only the token knows better.
  const [uri, at] = byCaller ? ["sip:bert@10.0.0.5:40000", CALLER] : ["sip:caller@10.1.1.1", CALLEE];
  return requestText({ method, uri, at, from, to, callId, cseq: 2, lines: routes });
}

for (const method of ["PRACK", "UPDATE", "INFO"]) {
  for (const byCaller of [true, false]) {
    const [here, there] = byCaller ? [CALLER, CALLEE] : [CALLEE, CALLER];
    test(`RFC 3262, 3311: ${method} by the ${byCaller ? "caller" : "callee"} in an early dialog reaches the other side`, () => {
      const scene = withBert(CALLEE);
      scene.receive(CALLER, inviteText("bert", CALLER, "e"));
      const { invite, routes } = early(scene, CALLEE, "callee");
      assert.match(routes.join(), new RegExp(`^Route: <sip:[\\w-]+@${EDGE};lr>$`));
      assert.deepEqual(statuses(scene.heard(CALLER)), [100, 183]);
      scene.receive(here, asks(method, routes, byCaller, "callee", "e"));
      const [asked, ...more] = scene.heard(there);
      assert.equal(asked.method, method);
      assert.deepEqual([asked.has(H.route), more], [false, []], "our own route is off, and nothing else came");
      scene.receive(there, reply(asked, 200, {}));
      assert.deepEqual(statuses(scene.heard(here)), [200]);
      // And the call itself goes on.
      scene.receive(CALLEE, reply(invite, 200, { toTag: "callee" }));
      assert.deepEqual(statuses(scene.heard(CALLER)), [200]);
    });
  }
}

test("two early dialogs of a forked call: each PRACK reaches the phone that rang", () => {
  const bound = [CALLEE, OTHER].map((at) => ["bert", at] as const);
  const scene = newScene({ users: ["bert"], bound, streams: [CALLER] });
  scene.receive(CALLER, inviteText("bert", CALLER, "f"));
  const phones = [CALLEE, OTHER].map((at) => ({ at, tag: `tag-${at.split(":")[1]}` }));
  const routes = phones.map(({ at, tag }) => early(scene, at, tag).routes);
  assert.deepEqual(statuses(scene.heard(CALLER)), [100, 183, 183]);
  phones.forEach(({ at, tag }, i) => {
    scene.receive(CALLER, asks("PRACK", routes[i], true, tag, "f"));
    assert.deepEqual(
      scene.heard(at).map((m) => [m.method, m.need(H.to).tag]),
      [["PRACK", tag]],
    );
  });
  for (const { at } of phones) assert.deepEqual(scene.heard(at), []);
});

test("a fault while a packet is handled costs that packet: it is counted and told, and the next one is answered", () => {
  const scene = withBert(CALLEE);
  scene.breakSend();
  scene.receive(CALLER, inviteText("bert", CALLER, "g"));
  assert.equal(scene.core.counters.bugs, 1);
  assert.match(String(scene.faults), /the test made/);
  assert.deepEqual(statuses(scene.heard(CALLER)), [500]);
  livesOn(scene);
  scene.receive(CALLER, inviteText("bert", CALLER, "h"));
  assert.deepEqual(statuses(scene.heard(CALLER)), [100]);
  assert.equal(scene.heard(CALLEE).length, 1, "the call after it is carried");
  assert.equal(scene.core.counters.bugs, 1);
});

test("a fault in one call's timer costs that call: the other one due in the same tick is sent again", () => {
  const scene = withBert(CALLEE);
  for (const id of ["i", "j"]) scene.receive(CALLER, inviteText("bert", CALLER, id));
  assert.equal(scene.heard(CALLEE).length, 2);
  assert.deepEqual(statuses(scene.heard(CALLER)), [100, 100]);
  scene.breakSend();
  scene.pass(600);
  assert.equal(scene.core.counters.bugs, 1);
  assert.equal(scene.heard(CALLEE).length, 1, "the other retransmission");
  assert.deepEqual(statuses(scene.heard(CALLER)), [500], "whose call failed is told");
  livesOn(scene);
  scene.pass(32_000);
  assert.equal(scene.heard(CALLER)[0].status, 408, "and the other's timer B fires");
});

test("a fault once: the same INVITE sent again is carried as if it were the first", () => {
  const scene = withBert(CALLEE);
  const invite = inviteText("bert", CALLER, "k");
  scene.breakSend();
  scene.receive(CALLER, invite);
  scene.heard(CALLER);
  scene.receive(CALLER, invite);
  assert.deepEqual(statuses(scene.heard(CALLER)), [100]);
  assert.equal(scene.heard(CALLEE).length, 1);
});

/** What the callee says after 180; 0: nothing at all, not even that. */
for (const says of [0, 486, 200]) {
  test(`a fault at any one packet we send of a call that is answered ${says || "by nobody"} leaves nothing behind`, () => {
    for (let others = 0; others < 20; others++) {
      const scene = withBert(CALLEE);
      scene.breakSend(others);
      scene.receive(CALLER, inviteText("bert", CALLER, "l"));
      const [invite] = scene.heard(CALLEE);
      if (invite !== undefined && says !== 0)
        for (const status of [180, says]) scene.receive(CALLEE, reply(invite, status, { toTag: "callee" }));
      scene.pass(600_000);
      assert.equal(scene.core.transactions.size, 0, `the fault after ${others} packets`);
      assert.ok(scene.core.counters.bugs <= 1);
      scene.breakSend(-1);
      livesOn(scene);
    }
  });
}
