/** A table of 16 transactions: strangers get half of it, new requests all but the last two, and a call takes two. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { H, type Message, reply } from "../sip/index.ts";
import {
  ANNA,
  BERT,
  credentials,
  DOMAIN,
  inviteText,
  newScene,
  PBX,
  requestText,
  type Scene,
  STRANGER,
  statuses,
} from "./host.fixture.ts";

const crowd = (): Scene => newScene({ users: ["anna", "bert"], bound: [["bert", BERT]], maxTransactions: 16 });

/** A stranger calls Bert, who never answers; what the stranger hears at once. */
function strangerCalls(scene: Scene, id: string): readonly Message[] {
  scene.receive(STRANGER, inviteText("bert", STRANGER, id, { branch: `s${id}` }));
  return scene.heard(STRANGER);
}

function annasInvite(id: string) {
  const uri = `sip:bert@${DOMAIN}`;
  return { method: "INVITE", uri, at: ANNA, from: `<sip:anna@${DOMAIN}>;tag=a`, to: `<${uri}>`, callId: id };
}

/** Anna calls without a password yet. */
function annaAsks(scene: Scene, id: string): number[] {
  scene.receive(ANNA, requestText(annasInvite(id)));
  return statuses(scene.heard(ANNA));
}

/** Anna does, with her password. */
function annaCalls(scene: Scene, id: string): number[] {
  const invite = annasInvite(id);
  const { uri } = invite;
  scene.receive(ANNA, requestText(invite));
  const [challenge] = scene.heard(ANNA);
  assert.equal(challenge.status, 407);
  scene.receive(ANNA, requestText({ ...invite, cseq: 2, lines: [credentials(challenge, "anna", uri)] }));
  return statuses(scene.heard(ANNA));
}

function fill(scene: Scene): void {
  for (let i = 0; scene.core.transactions.size < 8; i++) assert.equal(strangerCalls(scene, `${i}`)[0].status, 100);
}

test("strangers fill half of the table and are then told 503 and when to come again; users still call", () => {
  const scene = crowd();
  fill(scene);
  const before = scene.core.counters.overloaded;
  const [refusal, ...more] = strangerCalls(scene, "one-too-many");
  assert.deepEqual([refusal.status, refusal.get(H.retryAfter), more], [503, { seconds: 10, params: "" }, []]);
  assert.equal(scene.core.counters.overloaded, before + 1);
  assert.equal(scene.core.transactions.size, 8);
  scene.heard(BERT);
  for (const id of ["a", "b", "c"]) assert.deepEqual(annaCalls(scene, id), [100]);
  assert.equal(scene.heard(BERT).length, 3, "they reach Bert");
  assert.equal(scene.core.transactions.size, 14);
});

test("a full table takes nobody's new call", () => {
  const scene = crowd();
  for (let i = 0; i < 7; i++) assert.deepEqual(annaCalls(scene, `${i}`), [100]);
  const before = scene.core.counters.challenged;
  assert.deepEqual(annaAsks(scene, "x"), [503], "before she is asked for her password");
  assert.equal(scene.core.counters.challenged, before);
  assert.equal(scene.core.transactions.size, 14);
});

test("large requests fill it by their bytes", () => {
  // Half of 64 transactions with 2,048 bytes each.
  const scene = newScene({ users: ["bert"], bound: [["bert", BERT]], maxTransactions: 64 });
  const big = (id: number): number[] => {
    const invite = inviteText("bert", STRANGER, `${id}`, { branch: `big${id}` });
    const at = invite.indexOf("Content-Length: 0");
    scene.receive(STRANGER, `${invite.slice(0, at)}Content-Length: 20000\r\n\r\n${"x".repeat(20_000)}`);
    return statuses(scene.heard(STRANGER));
  };
  const answers = [1, 2, 3, 4, 5].map((id) => big(id)[0]);
  assert.deepEqual(answers, [100, 100, 100, 100, 503]);
  scene.pass(100_000);
  scene.heard(STRANGER);
  assert.deepEqual(big(6), [100], "their room is free again");
});

test("when their calls have timed out, strangers are let in again", () => {
  const scene = crowd();
  fill(scene);
  scene.pass(31_000);
  assert.equal(strangerCalls(scene, "too-early").at(-1)?.status, 503);
  scene.pass(70_000);
  assert.equal(scene.core.transactions.size, 0);
  scene.heard(STRANGER);
  assert.deepEqual(statuses(strangerCalls(scene, "later")), [100]);
});

test("what belongs to a stranger's call that stands goes on in the crowd: CANCEL, retransmissions, BYE", () => {
  const scene = crowd();
  assert.deepEqual(statuses(strangerCalls(scene, "talk")), [100]);
  const [invite] = scene.heard(BERT);
  const routes = invite.text.match(/^Record-Route: [^\r]+/gm) ?? [];
  scene.receive(
    BERT,
    reply(invite, 200, { toTag: "b", headers: `${routes.join("")}\r\nContact: <sip:bert@10.0.0.5>\r\n` }),
  );
  assert.deepEqual(statuses(scene.heard(STRANGER)), [200]);
  fill(scene);
  const parties = { from: "<sip:caller@elsewhere.example>;tag=caller", callId: "talk" };
  const lines = routes.map((line) => line.replace("Record-", ""));
  scene.heard(BERT);
  const bye = { ...parties, method: "BYE", uri: "sip:bert@10.0.0.5", at: STRANGER, to: `<sip:bert@${DOMAIN}>;tag=b` };
  scene.receive(STRANGER, requestText({ ...bye, cseq: 2, lines }));
  assert.deepEqual(
    scene.heard(BERT).map((m) => m.method),
    ["BYE"],
  );
  assert.deepEqual(statuses(strangerCalls(scene, "0")), [100], "a retransmission is answered as before");
  const cancel = {
    method: "CANCEL",
    uri: `sip:bert@${DOMAIN}`,
    at: STRANGER,
    to: `<sip:bert@${DOMAIN}>`,
    branch: "s0",
  };
  scene.receive(STRANGER, requestText({ ...parties, ...cancel, callId: "0" }));
  assert.deepEqual(statuses(scene.heard(STRANGER)), [200]);
});

/** Of someone who claims to be that user, where a phone system asks for the password. */
function registerText(user: string, at: string, id: string, body = ""): string {
  const aor = `<sip:${user}@${DOMAIN}>`;
  const parts = {
    method: "REGISTER",
    uri: `sip:${DOMAIN}`,
    at,
    from: `${aor};tag=r`,
    to: aor,
    callId: id,
    branch: `r${id}`,
  };
  return requestText(parts).replace("Content-Length: 0\r\n\r\n", `Content-Length: ${body.length}\r\n\r\n${body}`);
}

const relaying = (maxTransactions: number): Scene =>
  newScene({ register: "relay", bound: [["anna", ANNA]], backends: [["pbx", PBX]], maxTransactions });

test("relay: REGISTERs that nothing speaks for have strangers' room; a user who is registered renews and calls", () => {
  const scene = relaying(16);
  for (let i = 0; i < 4; i++) scene.receive(STRANGER, registerText(`u${i}`, STRANGER, `${i}`));
  // The address counts, not the name.
  scene.receive(STRANGER, registerText("anna", STRANGER, "as-anna"));
  assert.deepEqual([scene.core.transactions.size, statuses(scene.heard(STRANGER))], [8, [503]]);
  assert.equal(scene.heard(PBX).length, 4);
  scene.receive(ANNA, registerText("anna", ANNA, "renewal"));
  const uri = `sip:100@${DOMAIN}`;
  const from = `<sip:anna@${DOMAIN}>;tag=a`;
  scene.receive(ANNA, requestText({ method: "INVITE", uri, at: ANNA, from, to: `<${uri}>`, callId: "call" }));
  assert.deepEqual(
    scene.heard(PBX).map((m) => m.method),
    ["REGISTER", "INVITE"],
  );
});

test("relay: a REGISTER counts as it came and as it went", () => {
  // Half of 64 transactions with 2,048 bytes each.
  const scene = relaying(64);
  const body = "x".repeat(20_000);
  for (let i = 0; i < 4; i++) scene.receive(STRANGER, registerText("anna", STRANGER, `${i}`, body));
  assert.deepEqual([scene.heard(PBX).length, statuses(scene.heard(STRANGER))], [2, [503, 503]]);
});
