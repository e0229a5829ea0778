/** `[front] register = "mirror"`: phone systems are told who is registered here. Times are those of a clock moved by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ha1 } from "../auth/index.ts";
import { H, type Message, reply } from "../sip/index.ts";
import {
  ANNA,
  BERT,
  credentials,
  DOMAIN,
  INSIDE,
  inviteText,
  newScene,
  PBX,
  requestText,
  type Scene,
  type SceneOptions,
} from "./host.fixture.ts";

const TWO = "10.0.0.12:5060";

const scene = (more: Partial<SceneOptions> = {}): Scene =>
  newScene({ register: "mirror", users: ["anna", "bert"], backends: [["pbx", PBX]], ...more });
const withAnna = (more: Partial<SceneOptions> = {}): Scene => scene({ bound: [["anna", ANNA]], ...more });

const expiresOf = (m: Message): unknown => m.get(H.expires);
const contactOf = (m: Message): string => {
  const c = m.get(H.contact);
  assert.ok(c !== undefined && c !== "*" && "uri" in c);
  return c.uri.text;
};

/** What the PBX is asked now; it grants `seconds`. */
function granted(s: Scene, at = PBX, seconds = 600): Message[] {
  const asked = s.heard(at).filter((m) => m.method === "REGISTER");
  for (const m of asked) {
    const headers = `Contact: <${contactOf(m)}>;expires=${seconds}\r\n`;
    s.receive(at, reply(m, 200, { toTag: "p", headers: expiresOf(m) === 0 ? "" : headers }));
  }
  return asked;
}

const status = (s: Scene) => s.host.mirrored();

/** Anna registers or, with 0, leaves. */
function anna(s: Scene, expires: number, at = ANNA): void {
  const aor = `<sip:anna@${DOMAIN}>`;
  const parts = {
    method: "REGISTER",
    uri: `sip:${DOMAIN}`,
    at,
    from: `${aor};tag=r`,
    to: aor,
    callId: "anna-registers",
  };
  s.heard(at);
  s.receive(at, requestText({ ...parts, lines: [`Expires: ${expires}`] }));
  const [challenge] = s.heard(at);
  const lines = [`Expires: ${expires}`, credentials(challenge, "anna", parts.uri)];
  s.receive(at, requestText({ ...parts, cseq: ++cseq, lines }));
  assert.equal(s.heard(at)[0].status, 200);
}
let cseq = 1;

test("who was registered before the start, and who registers, is registered at the PBX by one contact of ours", () => {
  const s = withAnna({ bound: [["bert", BERT]] });
  s.pass(20);
  anna(s, 600);
  s.pass(20);
  const asked = granted(s);
  assert.deepEqual(asked.map((m) => m.need(H.to).uri.user).sort(), ["anna", "bert"]);
  assert.deepEqual(asked.map(contactOf).sort(), [`sip:anna@${INSIDE}`, `sip:bert@${INSIDE}`]);
  assert.deepEqual(status(s), { users: 2, registered: 2, refused: 0, last: "" });
});

test("a second phone, and a renewal, are no news", () => {
  const s = withAnna();
  s.pass(20);
  granted(s);
  anna(s, 600, BERT);
  anna(s, 600, BERT);
  s.pass(5_000);
  assert.deepEqual(s.heard(PBX), []);
});

test("it is renewed in time: after 0.6 of what was granted, under the same Call-ID with a higher CSeq", () => {
  const s = withAnna();
  s.pass(20);
  const [first] = granted(s, PBX, 100);
  s.pass(59_000);
  assert.deepEqual(s.heard(PBX), []);
  s.pass(2_000);
  const [again] = granted(s, PBX, 100);
  assert.equal(again.need(H.callId), first.need(H.callId));
  assert.ok(again.need(H.cseq).number > first.need(H.cseq).number);
});

test("when the last phone leaves, the PBX is told", () => {
  const s = scene();
  anna(s, 600);
  s.pass(20);
  granted(s);
  anna(s, 0);
  s.pass(20);
  assert.deepEqual(granted(s).map(expiresOf), [0]);
  assert.deepEqual(status(s), { users: 0, registered: 0, refused: 0, last: "" });
});

test("when all phones have run out of time, the PBX is told", () => {
  const s = scene();
  anna(s, 60);
  s.pass(20);
  granted(s);
  s.pass(90_000);
  assert.deepEqual(granted(s).map(expiresOf).at(-1), 0);
});

test("he has left while the PBX was being told: it is told again", () => {
  const s = scene();
  anna(s, 600);
  s.pass(20);
  const [asked] = s.heard(PBX);
  anna(s, 0);
  s.pass(20);
  s.receive(PBX, reply(asked, 200, { toTag: "p", headers: `Contact: <${contactOf(asked)}>;expires=600\r\n` }));
  assert.deepEqual(granted(s).map(expiresOf), [0]);
});

test("a PBX that asks for the password of our realm gets it from the stored hash; another realm is refused, and said", () => {
  const s = withAnna();
  s.pass(20);
  const challenge = (realm: string): string =>
    `WWW-Authenticate: Digest realm="${realm}", nonce="n", algorithm=MD5\r\n`;
  s.receive(PBX, reply(s.heard(PBX)[0], 401, { toTag: "p", headers: challenge(DOMAIN) }));
  const [proved] = s.heard(PBX);
  const c = proved.need(H.authorization);
  const expected = ha1("MD5", "anna", DOMAIN, "correct horse battery");
  assert.equal(c.username, "anna");
  assert.match(c.response, /^[0-9a-f]{32}$/);
  assert.notEqual(c.response, expected, "not the hash itself");
  s.receive(PBX, reply(proved, 401, { toTag: "p", headers: challenge(DOMAIN) }));
  assert.deepEqual(s.heard(PBX), [], "once is enough");
  assert.deepEqual(status(s), { users: 1, registered: 0, refused: 1, last: "pbx: 401" });
  s.pass(61_000);
  s.receive(PBX, reply(s.heard(PBX)[0], 401, { toTag: "p", headers: challenge("asterisk") }));
  assert.deepEqual(s.heard(PBX), []);
});

test("an account with a login name of its own answers by that: its hashes are made with it", () => {
  const s = withAnna();
  const aor = `anna@${DOMAIN}`;
  s.core.accounts.set(aor, { user: "anna", domain: DOMAIN, login: "anna-auth", ha1: { md5: "0".repeat(32) } });
  s.pass(20);
  const headers = `WWW-Authenticate: Digest realm="${DOMAIN}", nonce="n", algorithm=MD5\r\n`;
  s.receive(PBX, reply(s.heard(PBX)[0], 401, { toTag: "p", headers }));
  const [proved] = s.heard(PBX);
  assert.equal(proved.need(H.authorization).username, "anna-auth");
});

test("a PBX that says nothing is asked again", () => {
  const s = withAnna();
  s.pass(12_000);
  const asked = s.heard(PBX);
  assert.ok(new Set(asked.map((m) => m.need(H.via).branch)).size >= 2, "another attempt");
  s.pass(5_000);
  s.heard(PBX);
});

test("its PBX goes down: the user is registered at the survivor, and goes home when it is back", () => {
  const s = withAnna({
    backends: [
      ["pbx", PBX],
      ["two", TWO],
    ],
    probes: 1_000,
  });
  const live = (ms: number, at: readonly string[]): void => {
    for (let t = 0; t < ms; t += 10) {
      s.pass(10);
      for (const from of at) {
        for (const m of s.heard(from)) {
          const contact = m.method === "REGISTER" ? `Contact: <${contactOf(m)}>;expires=600\r\n` : "";
          if (m.method === "REGISTER") registered.push(from);
          s.receive(from, reply(m, 200, { toTag: "p", headers: contact }));
        }
      }
    }
  };
  const registered: string[] = [];
  live(3_000, [PBX, TWO]);
  assert.deepEqual(registered, [PBX]);
  live(6_000, [TWO]);
  assert.deepEqual(registered, [PBX, TWO]);
  live(6_000, [PBX, TWO]);
  assert.deepEqual(registered, [PBX, TWO, PBX]);
});

test("the PBX calls the contact: all phones of the user ring", () => {
  const s = scene({
    bound: [
      ["anna", ANNA],
      ["anna", BERT],
    ],
  });
  s.pass(20);
  const [asked] = granted(s);
  s.receive(PBX, inviteText("anna", PBX, "in", { uri: contactOf(asked) }));
  assert.deepEqual([s.heard(ANNA).length, s.heard(BERT).length], [1, 1]);
});

for (const [method, localCalls, to] of [
  ["SUBSCRIBE", "direct", PBX],
  ["PUBLISH", "direct", PBX],
  ["MESSAGE", "direct", BERT],
  ["INVITE", "direct", BERT],
  ["INVITE", "pbx", PBX],
] as const) {
  test(`${method} from one user to another, local_calls = "${localCalls}", goes to ${to === PBX ? "the PBX" : "the phone"}`, () => {
    const s = scene({ localCalls, bound: [["bert", BERT]] });
    const uri = `sip:bert@${DOMAIN}`;
    const parts = { method, uri, at: ANNA, from: `<sip:anna@${DOMAIN}>;tag=a`, to: `<${uri}>`, callId: "a" };
    s.receive(ANNA, requestText(parts));
    const [challenge] = s.heard(ANNA);
    s.receive(ANNA, requestText({ ...parts, cseq: 2, lines: [credentials(challenge, "anna", uri)] }));
    assert.deepEqual(
      s.heard(to).map((m) => m.method),
      [method],
    );
  });
}

test("a fault of ours while the PBX is told or probed is said, and costs neither user nor probe its next turn", () => {
  for (const others of [0, 1]) {
    const s = withAnna({ probes: 1_000 });
    s.breakSend(others);
    s.pass(20);
    assert.deepEqual(s.faults.map(String), ["Error: a fault that the test made"]);
    s.heard(PBX);
    s.pass(15_000);
    const asked = s.heard(PBX).map((m) => m.method);
    assert.ok(asked.includes("OPTIONS") && asked.includes("REGISTER"), `${others}: ${asked}`);
    assert.equal(s.faults.length, 1);
  }
});
