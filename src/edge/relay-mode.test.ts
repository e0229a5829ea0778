/** `[front] register = "relay"`: the phone system behind is the registrar, and reaches its phones through the edge. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../base/index.ts";
import { H, type Message, reply } from "../sip/index.ts";
import {
  ANNA,
  BERT,
  DOMAIN,
  EDGE,
  INSIDE,
  inviteText,
  PBX,
  requestText,
  STRANGER,
  statuses,
  values,
} from "./host.fixture.ts";

import { accept, OWN_CONTACT, registered, registers, scene, uriIn } from "./relay-mode.fixture.ts";

test("the registrar gets a contact of ours in place of the phone's, and its challenge reaches the phone", () => {
  const s = scene();
  const got = registers(s);
  assert.match(values(got, H.contact)[0], new RegExp(`^<sip:anna~[\\w-]{12}@${INSIDE}>$`));
  assert.equal(got.uri, `sip:${DOMAIN}`, "its digests name the domain");
  assert.doesNotMatch(got.text, /192\.168\.1\.5/);
  s.receive(PBX, reply(got, 401, { toTag: "p", headers: 'WWW-Authenticate: Digest realm="x", nonce="1"\r\n' }));
  const [asked] = s.heard(ANNA);
  assert.deepEqual([asked.status, asked.has(H.wwwAuthenticate)], [401, true]);
  assert.equal(s.core.location.size, 0);
  assert.deepEqual([s.core.counters.challenged, s.core.counters.wrongPassword], [1, 0]);
});

test("its yes binds the phone for as long as it says, and the phone sees its own contact", () => {
  const s = scene();
  accept(s, registers(s), 300, "Path: <sip:x@10.0.0.1>\r\nServer: Asterisk\r\n");
  const [ok] = s.heard(ANNA);
  assert.deepEqual(values(ok, H.contact), [`<${OWN_CONTACT}>;expires=300`]);
  assert.ok(!ok.has(H.path) && !ok.has(H.server));
  const [b] = s.core.location.get(`anna@${DOMAIN}`);
  assert.deepEqual([b.contact, b.flow?.host, b.expires - s.core.clock.wall()], [OWN_CONTACT, "203.0.113.10", 300_000]);
  assert.equal(s.core.counters.registered, 1);
});

for (const status of [302, 423, 500]) {
  test(`what a registrar lists in a ${status}, or in a 200 that nobody can read, is not shown to the phone`, () => {
    const s = scene();
    const inner = "Path: <sip:x@10.0.0.1>\r\nContact: <sip:anna@10.0.0.12>\r\n";
    const answered = (as: number, headers: string): Message[] => {
      s.receive(PBX, reply(registers(s), as, { toTag: "p", headers }));
      return s.heard(ANNA);
    };
    const heard = [...answered(status, inner), ...answered(200, `${inner}Contact: <sip:anna@10.0.0.12\r\n`)];
    assert.deepEqual(statuses(heard), [status, 200]);
    for (const m of heard) assert.doesNotMatch(m.text, /10\.0\.0\.1/);
  });
}

test("the registrar calls the contact it was given: the phone gets its own", () => {
  const s = scene();
  const contact = registered(s);
  s.receive(PBX, inviteText("anna", PBX, "in", { uri: contact }));
  const [invite] = s.heard(ANNA);
  assert.deepEqual([invite.method, invite.uri], ["INVITE", OWN_CONTACT]);
  s.receive(ANNA, reply(invite, 200, { toTag: "a", headers: `Contact: <${OWN_CONTACT}>\r\n` }));
  assert.deepEqual(statuses(s.heard(PBX)), [100, 200]);
});

test("it asks the phone whether it lives: OPTIONS passes", () => {
  const s = scene();
  const contact = registered(s);
  const to = `<${contact}>`;
  s.receive(PBX, requestText({ method: "OPTIONS", uri: contact, at: PBX, from: "<sip:q@x>;tag=q", to, callId: "q" }));
  assert.deepEqual(
    s.heard(ANNA).map((m) => [m.method, m.uri]),
    [["OPTIONS", OWN_CONTACT]],
  );
});

test("a contact of ours is of no use to strangers, and a phone that is gone is not there", () => {
  const s = scene();
  const contact = registered(s);
  s.receive(STRANGER, inviteText("anna", STRANGER, "x", { uri: contact.replace(INSIDE, EDGE) }));
  assert.deepEqual(statuses(s.heard(STRANGER)), [404]);
  s.pass(301_000);
  s.receive(PBX, inviteText("anna", PBX, "late", { uri: contact }));
  assert.deepEqual(statuses(s.heard(PBX)), [404]);
  assert.deepEqual(s.heard(ANNA), []);
});

test("with Path the contact stays, and what the registrar sends by that route arrives", () => {
  const s = scene({ contact: "path" });
  const got = registers(s);
  assert.deepEqual(values(got, H.contact), [`<${OWN_CONTACT}>`]);
  const [path] = values(got, H.path);
  assert.match(path, new RegExp(`^<sip:anna~[\\w-]{12}@${INSIDE};lr>$`));
  assert.deepEqual(got.all(H.supported), ["path"]);
  accept(s, got);
  assert.deepEqual(values(s.heard(ANNA)[0], H.contact), [`<${OWN_CONTACT}>;expires=300`]);
  s.receive(PBX, inviteText("anna", PBX, "in", { uri: OWN_CONTACT, lines: [`Route: ${path}`] }));
  assert.deepEqual(
    s.heard(ANNA).map((m) => [m.uri, m.has(H.route)]),
    [[OWN_CONTACT, false]],
  );
});

test("unregistering, and the registrar that keeps one contact alone, take bindings away", () => {
  const s = scene();
  registered(s);
  const second = registers(s, { contact: "sip:anna@192.168.1.6:5062" });
  accept(s, second);
  assert.deepEqual(
    s.core.location.get(`anna@${DOMAIN}`).map((b) => b.contact),
    ["sip:anna@192.168.1.6:5062"],
  );
  const gone = registers(s, { contact: "sip:anna@192.168.1.6:5062", lines: [] });
  s.receive(PBX, reply(gone, 200, { toTag: "p", headers: `Contact: ${values(gone, H.contact)[0]};expires=0\r\n` }));
  assert.equal(s.core.location.size, 0);
});

test("two phones of one user: each sees both contacts, each is reached by its own", () => {
  const s = scene();
  const one = registered(s);
  const other = registers(s, { at: BERT, contact: "sip:anna@192.168.7.7" });
  const lines = [one, uriIn(values(other, H.contact)[0])].map((c) => `Contact: <${c}>;expires=300\r\n`).join("");
  s.receive(PBX, reply(other, 200, { toTag: "p", headers: `${lines}Contact: <sip:anna@10.9.9.9>;expires=60\r\n` }));
  const [ok] = s.heard(BERT);
  assert.deepEqual(values(ok, H.contact).map(uriIn).sort(), [OWN_CONTACT, "sip:anna@192.168.7.7"].sort());
  s.receive(PBX, inviteText("anna", PBX, "in", { uri: one }));
  assert.equal(s.heard(ANNA).length, 1);
  assert.equal(s.heard(BERT).length, 0);
});

test("RFC 3261 16.7.6: a registrar that says 503 is a 500 to the phone", () => {
  const s = scene();
  s.receive(PBX, reply(registers(s), 503, { toTag: "p" }));
  const [failed, ...more] = s.heard(ANNA);
  assert.deepEqual(
    [failed.status, failed.need(H.via).sentBy, failed.need(H.to).tag !== "", more],
    [500, ANNA, true, []],
  );
  assert.deepEqual(s.faults, []);
});

for (const [what, edit] of [
  ["says 503", (text: string) => text],
  ["loses the Via of who asked", (text: string) => text.replace(/^Via:.*inside\r\n/m, "").replace(" 503 ", " 617 ")],
] as const) {
  test(`a phone that ${what} for a MESSAGE of the phone system's: that one gets 500`, () => {
    const s = scene();
    const uri = registered(s);
    const parts = { method: "MESSAGE", uri, at: PBX, from: "<sip:100@10.0.0.11>;tag=m", to: `<${uri}>`, callId: "m" };
    s.receive(PBX, requestText(parts));
    const answer = reply(s.heard(ANNA)[0], 503, { toTag: "a" });
    s.receive(ANNA, edit(answer));
    const [failed, ...more] = s.heard(PBX);
    assert.deepEqual([failed.status, failed.need(H.via).sentBy, more], [500, PBX, []]);
    assert.deepEqual(s.faults, []);
  });
}

test("RFC 4320 4.2: a registrar that says 408 is not passed on, and no 100 follows", () => {
  const s = scene();
  s.receive(PBX, reply(registers(s), 408, { toTag: "p" }));
  s.pass(40_000);
  assert.deepEqual([s.heard(ANNA), s.faults, s.core.transactions.size], [[], [], 0]);
});

test("one user has no more contacts than the limit, however many the registrar holds", () => {
  const s = scene();
  let lines = "";
  for (let i = 0; i <= LIMITS.contacts; i++) {
    const register = registers(s, { contact: `sip:anna@192.168.1.5:${5100 + i}` });
    lines += `Contact: ${values(register, H.contact)[0]};expires=300\r\n`;
    s.receive(PBX, reply(register, 200, { toTag: "p", headers: lines }));
    s.heard(ANNA);
  }
  assert.equal(s.core.location.get(`anna@${DOMAIN}`).length, LIMITS.contacts);
});

const call = (user: string, at: string, id: string): string =>
  inviteText("100", at, id, { from: `<sip:${user}@${DOMAIN}>;tag=c` });

test("a registered phone calls: the PBX gets it as it was written, and asks for the password itself", () => {
  const s = scene();
  registered(s);
  s.receive(ANNA, call("anna", ANNA, "out"));
  const [invite] = s.heard(PBX);
  assert.deepEqual([invite.uri, invite.has(H.pAssertedIdentity)], [`sip:100@${DOMAIN}`, false]);
  s.receive(PBX, reply(invite, 401, { toTag: "p", headers: 'WWW-Authenticate: Digest realm="x", nonce="1"\r\n' }));
  assert.deepEqual(statuses(s.heard(ANNA)), [100, 401]);
});

for (const [what, user, at] of [
  ["from another address", "anna", STRANGER],
  ["of nobody", "nobody", ANNA],
] as const) {
  test(`a call in the name of a user ${what} reaches the PBX zero times`, () => {
    const s = scene();
    registered(s);
    s.receive(at, call(user, at, "forged"));
    assert.deepEqual(statuses(s.heard(at)), [403]);
    assert.deepEqual(s.heard(PBX), []);
    assert.equal(s.core.counters.unregistered, 1);
  });
}

test('unregistered = "pass" leaves them to the PBX', () => {
  const s = scene({ unregistered: "pass" });
  s.receive(STRANGER, call("anna", STRANGER, "x"));
  assert.equal(s.heard(PBX).length, 1);
});

test("a stranger, a foreign domain and a Route of his own reach the PBX zero times", () => {
  const s = scene();
  registered(s);
  s.receive(STRANGER, inviteText("100", STRANGER, "a"));
  s.receive(STRANGER, inviteText("100", STRANGER, "b", { uri: "sip:x@elsewhere.example" }));
  s.receive(STRANGER, inviteText("100", STRANGER, "c", { lines: [`Route: <sip:${PBX};lr>`] }));
  assert.deepEqual(statuses(s.heard(STRANGER)), [404, 403, 404]);
  assert.deepEqual(s.heard(PBX), []);
});

test("one user stays with one of two registrars, for REGISTER and calls alike", () => {
  const two = "10.0.0.12:5060";
  const s = scene({
    backends: [
      ["pbx", PBX],
      ["two", two],
    ],
    balance: "aor",
    priorities: "equal",
  });
  const where = (at: string): string[] => s.heard(at).map((m) => `${m.method} ${m.need(H.from).uri.user}`);
  for (let i = 0; i < 20; i++) {
    s.receive(
      ANNA,
      requestText({
        method: "REGISTER",
        uri: `sip:${DOMAIN}`,
        at: ANNA,
        from: `<sip:u${i}@${DOMAIN}>;tag=r`,
        to: `<sip:u${i}@${DOMAIN}>`,
        callId: `${i}`,
      }),
    );
  }
  const [first, second] = [where(PBX), where(two)];
  assert.equal(first.length + second.length, 20);
  assert.ok(first.length > 2 && second.length > 2, `${first.length} and ${second.length}`);
});

test("`tls.require`: no name in To brings a registration in the clear to the PBX", () => {
  const s = scene({ requireTls: [DOMAIN] });
  for (const host of [DOMAIN, DOMAIN.toUpperCase(), "192.0.2.1", "elsewhere.example"]) {
    const aor = `<sip:anna@${host}>`;
    const from = `${aor};tag=r`;
    const callId = `clear-${host}`;
    const about = { at: ANNA, from, to: aor, callId, lines: ["Expires: 600"] };
    s.receive(ANNA, requestText({ method: "REGISTER", uri: `sip:${DOMAIN}`, ...about }));
    assert.deepEqual(statuses(s.heard(ANNA)), [403], host);
    assert.deepEqual(s.heard(PBX), [], host);
  }
});
