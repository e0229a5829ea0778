/** What crosses between phones and strangers outside and the phone systems inside, and what does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { H, type Message, reply } from "../sip/index.ts";
import {
  ANNA,
  BERT,
  credentials,
  DOMAIN,
  EDGE,
  inviteText,
  NUMBER,
  newScene,
  PBX,
  type RequestParts,
  requestText,
  STRANGER,
  values,
} from "./host.fixture.ts";

const CLAIMS = [
  "P-Asserted-Identity: <sip:director@pbx.example.org>",
  "P-Preferred-Identity: <sip:director@pbx.example.org>",
  "Remote-Party-ID: <sip:director@pbx.example.org>;party=calling",
  "Privacy: id",
];
const TELLTALE = ["User-Agent: Asterisk PBX 16.28.0", "Server: Asterisk PBX 16.28.0", "Organization: Inside"];

const scene = (topology: "hide" | "show" = "hide") =>
  newScene({
    users: ["anna", "bert"],
    bound: [
      ["anna", ANNA],
      ["bert", BERT],
    ],
    backends: [["pbx", PBX]],
    topology,
  });
type Playing = ReturnType<typeof scene>;

const claims = (m: Message): string[] =>
  [H.pAssertedIdentity, H.pPreferredIdentity, H.remotePartyId, H.privacy].filter((h) => m.has(h)).map((h) => h.name);

/** Anna's INVITE with her password, as `to` gets it. */
function annaCalls(s: Playing, uri: string, to: string, lines: readonly string[] = []): Message {
  const invite = {
    method: "INVITE",
    uri,
    at: ANNA,
    from: `<sip:anna@${DOMAIN}>;tag=a`,
    to: `<${uri}>`,
    callId: "anna",
  };
  s.receive(ANNA, requestText({ ...invite, lines }));
  const [challenge] = s.heard(ANNA);
  s.receive(ANNA, requestText({ ...invite, cseq: 2, lines: [...lines, credentials(challenge, "anna", uri)] }));
  const [got] = s.heard(to);
  s.heard(ANNA);
  return got;
}

/** The PBX calls Bert; what Bert gets. */
function pbxCalls(s: Playing, more: Partial<RequestParts> = {}): Message {
  s.receive(PBX, inviteText("bert", PBX, "pbx", { from: `<sip:100@10.0.0.11>;tag=p`, lines: TELLTALE, ...more }));
  s.heard(PBX);
  const [got] = s.heard(BERT);
  return got;
}

test("RFC 3325 5: the phone system hears who called from us, and not what the caller claims", () => {
  const got = annaCalls(scene(), NUMBER, PBX, CLAIMS);
  assert.deepEqual(values(got, H.pAssertedIdentity), [`<sip:anna@${DOMAIN}>`]);
  // A user may be anonymous: that is hers to say.
  assert.deepEqual(claims(got), ["P-Asserted-Identity", "Privacy"]);
});

test("a user's claims do not reach another user either, and no identity is asserted to phones", () => {
  const got = annaCalls(scene(), `sip:bert@${DOMAIN}`, BERT, CLAIMS);
  assert.deepEqual(claims(got), ["Privacy"]);
});

test("RFC 3325 6: a stranger claims nothing and hides nothing", () => {
  const s = scene();
  s.receive(STRANGER, inviteText("bert", STRANGER, "x", { lines: CLAIMS }));
  assert.deepEqual(claims(s.heard(BERT)[0]), []);
});

test("RFC 3325 5: whoever is called says nothing of himself in responses either, nor in a 200 that comes again", () => {
  const s = scene();
  const got = pbxCalls(s);
  const headers = `${CLAIMS.join("\r\n")}\r\nContact: <sip:bert@${BERT}>\r\n`;
  for (const status of [180, 200, 200]) s.receive(BERT, reply(got, status, { toTag: "b", headers }));
  const heard = s.heard(PBX);
  assert.deepEqual(
    heard.map((m) => [m.status, claims(m)]),
    [180, 200, 200].map((status) => [status, ["Privacy"]]),
  );
});

test("what the phone system asserts reaches the phone", () => {
  const lines = ["P-Asserted-Identity: <sip:100@pbx.example.org>", "Remote-Party-ID: <sip:100@pbx.example.org>"];
  assert.deepEqual(claims(pbxCalls(scene(), { lines })), ["P-Asserted-Identity", "Remote-Party-ID"]);
});

test("a call from inside shows no address and no software of the inside, and its answers find back", () => {
  const s = scene();
  const got = pbxCalls(s);
  assert.doesNotMatch(got.text.replace(/^From:.*$/m, ""), /10\.0\.0\.11|Asterisk|Organization/);
  assert.deepEqual(values(got, H.contact), [`<sip:${EDGE}>`]);
  s.receive(BERT, reply(got, 180, { toTag: "b" }));
  s.receive(BERT, reply(got, 200, { toTag: "b", headers: `Contact: <sip:bert@${BERT}>\r\n` }));
  const [ringing, answer] = s.heard(PBX);
  assert.deepEqual([ringing.status, answer.status], [180, 200]);
  for (const m of [ringing, answer]) {
    const vias = m.all(H.via);
    assert.ok(Array.isArray(vias));
    assert.deepEqual([vias.length, vias[0].sentBy, vias[0].rport], [1, PBX, 5060]);
  }
  assert.deepEqual(values(answer, H.contact), [`<sip:bert@${BERT}>`], "the inside sees the outside as it is");
  // RFC 6026 7.2: the transaction is over, and the 200 comes once more.
  s.pass(40_000);
  s.heard(PBX);
  s.receive(BERT, reply(got, 200, { toTag: "b" }));
  assert.deepEqual(s.heard(PBX).length, 0, "forgotten after 32 s");
});

test("a 200 that comes again for a call from inside carries the Vias of the inside", () => {
  const s = scene();
  const got = pbxCalls(s);
  const answer = reply(got, 200, { toTag: "b", headers: `Contact: <sip:bert@${BERT}>\r\n` });
  s.receive(BERT, answer);
  s.heard(PBX);
  s.pass(1_000);
  s.receive(BERT, answer);
  const again = s.heard(PBX);
  assert.equal(again.length, 1);
  assert.equal(again[0].need(H.via).sentBy, PBX);
});

test("the refusal of all phones finds back to the inside", () => {
  const s = scene();
  const got = pbxCalls(s);
  s.receive(BERT, reply(got, 486, { toTag: "b" }));
  const [busy] = s.heard(PBX);
  assert.deepEqual([busy.status, busy.need(H.via).sentBy], [486, PBX]);
});

test("silence of a phone is told to the inside in its own Vias", () => {
  const s = scene();
  s.receive(PBX, requestText({ ...MESSAGE, callId: "m", lines: TELLTALE }));
  s.pass(33_000);
  // RFC 4320 4.2: a request other than INVITE that times out gets no 408.
  assert.deepEqual(
    s.heard(PBX).map((m) => [m.status, m.need(H.via).sentBy]),
    [[100, PBX]],
  );
});

const MESSAGE: RequestParts = {
  method: "MESSAGE",
  uri: `sip:bert@${DOMAIN}`,
  at: PBX,
  from: "<sip:100@10.0.0.11>;tag=p",
  to: `<sip:bert@${DOMAIN}>`,
  callId: "m",
};

test("an answer from inside is seen from outside as ours, and what follows finds its way in", () => {
  const s = scene();
  const got = annaCalls(s, NUMBER, PBX);
  const headers = `Contact: <sip:0612345678@10.0.0.11:5060>;isfocus\r\n${TELLTALE.join("\r\n")}\r\n`;
  s.receive(PBX, reply(got, 200, { toTag: "p", headers: headers + recordRoutes(got) }));
  const [answer] = s.heard(ANNA);
  assert.deepEqual(values(answer, H.contact), [`<sip:0612345678@${EDGE}>;isfocus`]);
  assert.doesNotMatch(answer.text, /10\.0\.0\.|Asterisk|Organization/, "our own address there is of the inside too");
  const bye = { method: "BYE", uri: `sip:0612345678@${EDGE}`, at: ANNA, from: `<sip:anna@${DOMAIN}>;tag=a`, cseq: 3 };
  const lines = [
    ...values(answer, H.recordRoute)
      .reverse()
      .map((r) => `Route: ${r}`),
    ...CLAIMS,
  ];
  s.receive(ANNA, requestText({ ...bye, to: `<${NUMBER}>;tag=p`, callId: "anna", lines }));
  const [ended] = s.heard(PBX);
  assert.deepEqual([ended.method, ended.uri], ["BYE", `sip:0612345678@${PBX}`]);
  assert.ok(!ended.has(H.pAssertedIdentity) && !ended.has(H.remotePartyId), "no claims in a dialog either");
  s.receive(PBX, reply(ended, 200, { headers: TELLTALE.map((l) => `${l}\r\n`).join("") }));
  assert.doesNotMatch(s.heard(ANNA)[0].text, /10\.0\.0\.11|Asterisk/);
});

test("a proxy inside, and what stands behind it, are hidden too and found again", () => {
  const s = scene();
  const got = annaCalls(s, NUMBER, PBX);
  const inner = "<sip:10.0.0.11:5060;lr;did=1>";
  const headers = `Contact: <sip:100@10.0.0.77:5066;x=1>\r\nRecord-Route: ${inner}\r\n${recordRoutes(got)}`;
  s.receive(PBX, reply(got, 200, { toTag: "p", headers }));
  const [answer] = s.heard(ANNA);
  assert.doesNotMatch(answer.text, /10\.0\.0\./);
  const uri = values(answer, H.contact)[0].slice(1, -1);
  const bye = { method: "BYE", uri, at: ANNA, from: `<sip:anna@${DOMAIN}>;tag=a`, to: `<${NUMBER}>;tag=p`, cseq: 3 };
  const lines = values(answer, H.recordRoute)
    .reverse()
    .map((r) => `Route: ${r}`);
  s.receive(ANNA, requestText({ ...bye, callId: "anna", lines }));
  const [ended] = s.heard(PBX);
  assert.equal(ended.uri, "sip:100@10.0.0.77:5066;x=1");
  assert.deepEqual(values(ended, H.route), [inner]);
});

test("a call from inside, through a proxy there, is ended from inside", () => {
  const s = scene();
  const got = pbxCalls(s, { lines: ["Record-Route: <sip:10.0.0.11:5060;lr>"] });
  assert.doesNotMatch(recordRoutes(got), /10\.0\.0\./);
  const headers = `Contact: <sip:bert@${BERT}>\r\n${recordRoutes(got)}`;
  s.receive(BERT, reply(got, 200, { toTag: "b", headers }));
  const [answer] = s.heard(PBX);
  const lines = values(answer, H.recordRoute)
    .reverse()
    .map((r) => `Route: ${r}`);
  assert.equal(lines[0], "Route: <sip:10.0.0.11:5060;lr>", "the proxy inside knows itself");
  assert.match(lines[1], /^Route: <sip:[^@]+@10\.0\.0\.1:5070;lr>$/, "and what is next to it");
  const bye = { method: "BYE", uri: `sip:bert@${BERT}`, at: PBX, from: "<sip:100@10.0.0.11>;tag=p", cseq: 2 };
  s.receive(PBX, requestText({ ...bye, to: `<sip:bert@${DOMAIN}>;tag=b`, callId: "pbx", lines: lines.slice(1) }));
  assert.deepEqual(
    s.heard(BERT).map((m) => [m.method, m.uri]),
    [["BYE", `sip:bert@${BERT}`]],
  );
});

function recordRoutes(m: Message): string {
  return values(m, H.recordRoute)
    .map((r) => `Record-Route: ${r}\r\n`)
    .join("");
}

test("RFC 3261 22.1, 22.3: what answers our challenge reaches nobody in the dialog either, another realm's does", () => {
  const s = scene();
  const uri = `sip:bert@${DOMAIN}`;
  const got = annaCalls(s, uri, BERT);
  s.receive(BERT, reply(got, 200, { toTag: "b", headers: `${recordRoutes(got)}Contact: <sip:bert@${BERT}>\r\n` }));
  const digest = (realm: string): string =>
    `Proxy-Authorization: Digest username="anna", realm="${realm}", nonce="n", uri="${uri}", response="${"0".repeat(32)}"`;
  const lines = [digest(DOMAIN), digest("asterisk"), ...values(got, H.recordRoute).map((r) => `Route: ${r}`)];
  const parties = { uri, at: ANNA, from: `<sip:anna@${DOMAIN}>;tag=a`, to: `<${uri}>;tag=b`, callId: "anna", lines };
  for (const method of ["ACK", "INVITE", "BYE"]) {
    s.receive(ANNA, requestText({ ...parties, method, cseq: 3 }));
    const [heard] = s.heard(BERT);
    assert.deepEqual([heard.method, values(heard, H.proxyAuthorization)], [method, [digest("asterisk").slice(21)]]);
  }
});

test('topology = "show" passes all of it on', () => {
  const s = scene("show");
  const got = pbxCalls(s);
  assert.match(got.text, /Contact: <sip:10\.0\.0\.11:5060>/);
  assert.match(got.text, /Asterisk PBX/);
  assert.equal(values(got, H.via).length, 2);
});

for (const status of [401, 407]) {
  test(`a phone that answers ${status} does not get the caller's digest: 403, without the challenge`, () => {
    const s = scene();
    const got = annaCalls(s, `sip:bert@${DOMAIN}`, BERT);
    const challenge = 'Digest realm="asterisk", nonce="1"';
    const headers = `WWW-Authenticate: ${challenge}\r\nProxy-Authenticate: ${challenge}\r\n`;
    s.receive(BERT, reply(got, status, { toTag: "b", headers }));
    const [refused] = s.heard(ANNA);
    assert.equal(refused.status, 403);
    assert.ok(!refused.has(H.wwwAuthenticate) && !refused.has(H.proxyAuthenticate));
  });

  test(`a phone system may ask for a password: ${status} passes`, () => {
    const s = scene();
    const got = annaCalls(s, NUMBER, PBX);
    s.receive(PBX, reply(got, status, { toTag: "p", headers: 'WWW-Authenticate: Digest realm="x", nonce="1"\r\n' }));
    const [asked] = s.heard(ANNA);
    assert.deepEqual([asked.status, asked.has(H.wwwAuthenticate)], [status, true]);
  });
}
