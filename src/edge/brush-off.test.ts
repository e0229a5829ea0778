import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../shield/index.ts";
import { H } from "../sip/index.ts";
import { credentials, DOMAIN, newScene, requestText, type Scene, STRANGER, statuses } from "./host.fixture.ts";

/** Anna has an account, and her address is banned. */
function banned(answer: Answer, streams: readonly string[] = []): Scene {
  const s = newScene({ users: ["anna"], streams });
  s.core.gate.put([
    { source: "198.51.100.7", account: "", device: "", spared: undefined, action: "ban", answer, reason: "scanner" },
  ]);
  return s;
}

let calls = 0;

function request(method: string, ...lines: readonly string[]): string {
  const uri = method === "REGISTER" ? `sip:${DOMAIN}` : `sip:bert@${DOMAIN}`;
  const from = `<sip:anna@${DOMAIN}>;tag=a`;
  const to = `<sip:anna@${DOMAIN}>`;
  const usual = [
    "User-Agent: Yealink SIP-T46S 66.86.0.15",
    "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, REFER, UPDATE",
  ];
  return requestText({ method, uri, at: STRANGER, from, to, callId: `c${++calls}`, lines: [...usual, ...lines] });
}

test("silence: a banned source hears nothing", () => {
  const s = banned("silence");
  for (const method of ["REGISTER", "INVITE", "OPTIONS"]) s.receive(STRANGER, request(method));
  assert.deepEqual(s.heard(STRANGER), []);
});

test("uniform: whatever a banned source sends, a password is wanted; the right one is as good as any", () => {
  const s = banned("uniform");
  for (const method of ["REGISTER", "INVITE", "OPTIONS", "ACK"]) s.receive(STRANGER, request(method));
  const heard = s.heard(STRANGER);
  assert.deepEqual(statuses(heard), [401, 407, 407]);
  assert.ok(heard[0].has(H.wwwAuthenticate));
  s.receive(STRANGER, request("REGISTER", credentials(heard[0], "anna", `sip:${DOMAIN}`)));
  assert.deepEqual(statuses(s.heard(STRANGER)), [401]);
  assert.equal(s.core.location.size, 0);
  assert.deepEqual(s.core.facts.take(), undefined, "nothing that it does is looked at");
});

test("uniform: what is no request gets no answer, and so many a second do at most", () => {
  const s = banned("uniform");
  for (const text of ["x", "SIP/2.0 200 OK\r\n\r\n", request("REGISTER").replace(/^Via.*\r\n/m, "")])
    s.receive(STRANGER, text);
  assert.deepEqual(s.heard(STRANGER), []);
  s.pass(1_000);
  for (let i = 0; i < 500; i++) s.receive(STRANGER, request("REGISTER"));
  assert.equal(s.taken().length, 200);
  s.pass(1_000);
  s.receive(STRANGER, request("REGISTER"));
  assert.equal(s.taken().length, 1);
});

test("tarpit: one answer at a time, after twelve seconds", () => {
  const s = banned("tarpit");
  for (let i = 0; i < 5; i++) s.receive(STRANGER, request("REGISTER"));
  s.pass(11_900);
  assert.deepEqual(s.taken(), []);
  s.pass(200);
  assert.deepEqual(statuses(s.heard(STRANGER)), [401]);
  s.pass(30_000);
  assert.deepEqual(s.taken(), []);
});

test("tarpit: over a connection too, as long as it is open", () => {
  const s = banned("tarpit", [STRANGER]);
  s.receive(STRANGER, request("REGISTER"));
  s.pass(12_100);
  assert.deepEqual(statuses(s.heard(STRANGER)), [401]);
  s.receive(STRANGER, request("REGISTER"));
  s.close(STRANGER);
  s.pass(12_100);
  assert.deepEqual(s.taken(), []);
});

test("tarpit: no more wait than a table holds", () => {
  const s = newScene({});
  const block = { source: "198.18.0.0/15", account: "", device: "", spared: undefined, reason: "scanner" } as const;
  s.core.gate.put([{ ...block, action: "ban", answer: "tarpit" }]);
  for (let i = 0; i < 3_000; i++) s.receive(`198.18.${i >> 8}.${i & 255}:5060`, request("REGISTER"));
  s.pass(12_100);
  assert.equal(s.taken().length, 1_024);
});

test("a banned source that may not live there gets no more than twice what came from it", () => {
  const s = banned("uniform");
  const short = request("REGISTER").replace(/^(User-Agent|Allow|Contact|Max-Forwards).*\r\n/gm, "");
  s.receive(STRANGER, short);
  for (const { text } of s.taken()) assert.ok(text.length <= 2 * short.length, `${text.length} for ${short.length}`);
});
