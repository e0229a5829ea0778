/** What the edge tells the shield, in each mode, and how much of it at most. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { reply } from "../sip/index.ts";
import {
  credentials,
  DOMAIN,
  inviteText,
  newScene,
  requestText,
  type Scene,
  type SceneOptions,
} from "./host.fixture.ts";

const ANNA = "203.0.113.10:40001";
const BAD = "198.51.100.7:5060";
const PBX = "10.0.0.11:5060";
const URI = `sip:${DOMAIN}`;

/** "kind proved account detail", for each that there is. */
function told(s: Scene): string[] {
  return (s.core.facts.take() ?? []).map((f) =>
    [f.kind, f.proved ? "proved" : "", f.account.split("@")[0], f.detail, f.times > 1 ? `x${f.times}` : ""]
      .filter(Boolean)
      .join(" "),
  );
}

function registerText(user: string, at: string, lines: readonly string[] = [], cseq = 1): string {
  const who = `<sip:${user}@${DOMAIN}>`;
  return requestText({
    method: "REGISTER",
    uri: URI,
    at,
    from: `${who};tag=r`,
    to: who,
    callId: `of-${user}-${cseq}`,
    cseq,
    lines,
  });
}

/** A REGISTER that answers its challenge, rightly or with a digest that was changed. */
function registers(s: Scene, user: string, at: string, right: boolean): void {
  s.heard(at);
  s.receive(at, registerText(user, at));
  const [asked] = s.heard(at);
  const line = credentials(asked, "anna", URI);
  s.receive(at, registerText(user, at, [right ? line : line.replace(/response="./, 'response="z')], 2));
}

const edge = (more: SceneOptions = {}): Scene => newScene({ users: ["anna"], ...more });

test("a challenge is no fact; the right password is a success, told once in ten minutes", () => {
  const s = edge();
  s.receive(ANNA, registerText("anna", ANNA));
  assert.deepEqual(told(s), []);
  s.heard(ANNA);
  registers(s, "anna", ANNA, true);
  assert.deepEqual(told(s), ["success proved anna"]);
  registers(s, "anna", ANNA, true);
  assert.deepEqual(told(s), []);
});

test("a user that nobody is: told, and proved once he answers the nonce; a decoy by its own name", () => {
  const s = edge();
  s.receive(BAD, registerText("nobody", BAD));
  s.receive(BAD, registerText("admin", BAD));
  assert.deepEqual(told(s), ["unknownUser nobody", "decoy admin"]);
});

test("alike facts of one tick are one with their number, and there are no more than so many", () => {
  const s = edge();
  for (let i = 0; i < 5; i++) s.receive(BAD, registerText("nobody", BAD, [], i + 1));
  assert.deepEqual(told(s), ["unknownUser nobody x5"]);
  for (let i = 0; i < 100; i++) s.receive(BAD, registerText(`nobody-${i}`, BAD));
  assert.equal(told(s).length, 64, "of what anybody may forge");
  assert.equal(s.core.facts.lost, 36);
});

test("strangers: another domain, a number, a name", () => {
  const s = edge();
  s.receive(BAD, inviteText("x", BAD, "a", { uri: "sip:x@elsewhere.example" }));
  s.receive(BAD, inviteText("00442079460000", BAD, "b"));
  s.receive(BAD, inviteText("zora", BAD, "c"));
  s.receive(BAD, inviteText("anna", BAD, "d"));
  assert.deepEqual(told(s), ["relay elsewhere.example", "relay 00442079460000", "unknownUser zora"]);
});

test("the private side tells nothing of itself: a phone system is no attacker", () => {
  const s = edge({ backends: [["pbx", PBX]] });
  s.receive(PBX, inviteText("zora", PBX, "a", { lines: ["User-Agent: friendly-scanner"] }));
  s.receive(PBX, "no SIP\r\n\r\n");
  assert.deepEqual(told(s), []);
});

test("relay: the phone system's answers are facts; proved where its nonce was given to that address", () => {
  const relay = newScene({ register: "relay", backends: [["pbx", PBX]] });
  const digest = (nonce: string): string =>
    `Authorization: Digest username="anna", realm="x", nonce="${nonce}", uri="${URI}", response="${"0".repeat(32)}"`;
  const challenge = 'WWW-Authenticate: Digest realm="x", nonce="1"\r\n';
  relay.receive(ANNA, registerText("anna", ANNA));
  relay.receive(PBX, reply(relay.heard(PBX)[0], 401, { toTag: "p", headers: challenge }));
  assert.deepEqual(told(relay), []);
  relay.receive(ANNA, registerText("anna", ANNA, [digest("1")], 2));
  relay.receive(PBX, reply(relay.heard(PBX)[0], 401, { toTag: "p", headers: challenge }));
  assert.deepEqual(told(relay), ["wrongPassword proved anna"]);
  relay.receive(BAD, registerText("anna", BAD, [digest("1")], 3));
  relay.receive(PBX, reply(relay.heard(PBX)[0], 401, { toTag: "p", headers: challenge }));
  assert.deepEqual(told(relay), ["wrongPassword anna"], "it was given to another address");
  relay.receive(BAD, registerText("nobody", BAD, [], 4));
  relay.receive(PBX, reply(relay.heard(PBX)[0], 404, { toTag: "p" }));
  assert.deepEqual(told(relay), ["unknownUser nobody"]);
});

test("relay: a nonce that was given to two addresses proves neither: PJSIP gives one to all who ask within a second", () => {
  const s = newScene({ register: "relay", backends: [["pbx", PBX]] });
  const challenge = 'WWW-Authenticate: Digest realm="x", nonce="same"\r\n';
  const ask = (at: string, cseq: number, lines: readonly string[] = []): void => {
    s.receive(at, registerText("anna", at, lines, cseq));
    s.receive(PBX, reply(s.heard(PBX)[0], 401, { toTag: "p", headers: challenge }));
  };
  // The attacker asks for himself, then in the name of anna's address, whose challenge he never sees.
  ask(BAD, 1);
  ask(ANNA, 2);
  ask(ANNA, 3, [
    `Authorization: Digest username="anna", realm="x", nonce="same", uri="${URI}", response="${"0".repeat(32)}"`,
  ]);
  assert.deepEqual(told(s), ["wrongPassword anna"]);
});

test("a carrier is no flood", () => {
  const carrier = { name: "carrier", addresses: ["198.51.100.0/24"], transport: "", fromDomain: "" };
  const flood = (s: Scene): string[] => {
    for (let i = 0; i < 300; i++) {
      s.receive(
        BAD,
        requestText({
          method: "OPTIONS",
          uri: URI,
          at: BAD,
          from: "<sip:c@x.example>;tag=c",
          to: `<${URI}>`,
          callId: `${i}`,
        }),
      );
      s.pass(10);
    }
    return told(s);
  };
  assert.deepEqual(flood(edge()), ["flood"]);
  assert.deepEqual(flood(edge({ trunks: [carrier] })), []);
});

for (const [what, detail, facts] of [
  ["halfHandshake", "took too long", ["slow proved halfHandshake"]],
  ["halfHandshake", "gave way", []],
  ["halfHandshake", "hung up", []],
  ["refused", "too many in all", []],
  ["refused", "too many from one source", []],
  ["plainOnTls", "", ["malformed proved plainOnTls"]],
] as const) {
  test(`at the door: ${what}, ${detail}: nothing that others have brought about is held against anybody`, () => {
    const s = edge();
    s.host.atDoor(what, "198.51.100.7", detail);
    assert.deepEqual(told(s), facts);
  });
}

test("what speaks for somebody has room, however much is held against others in that tick", () => {
  const s = edge();
  for (let i = 0; i < 300; i++) s.core.facts.addDoor("malformed", `198.51.100.${i % 250}`, `${i}`);
  registers(s, "anna", ANNA, true);
  assert.ok(told(s).includes("success proved anna"));
});

test("what is against somebody comes with its message, credentials masked; of a success nothing is kept", () => {
  const s = edge();
  registers(s, "anna", ANNA, true);
  assert.deepEqual(
    (s.core.facts.take() ?? []).map((f) => [f.kind, f.message]),
    [["success", ""]],
  );
  registers(s, "anna", BAD, false);
  const [{ kind, message }] = s.core.facts.take() ?? [];
  assert.equal(kind, "wrongPassword");
  assert.match(message, /^REGISTER sip:.*\nAuthorization: \*\*\*$/s);
});

test("in a tick 8 messages of forged packets at most, 32 of proved ones", () => {
  const s = edge({ streams: [BAD] });
  const scan = (at: string, i: number): void => {
    const uri = `sip:user-${i}@${DOMAIN}`;
    const whom = `<sip:u-${i}@${DOMAIN}>`;
    s.receive(
      at,
      requestText({ method: "REGISTER", uri: URI, at, from: `${whom};tag=1`, to: `<${uri}>`, callId: `c${i}` }),
    );
  };
  for (let i = 0; i < 60; i++) scan(ANNA, i);
  for (let i = 60; i < 120; i++) scan(BAD, i);
  const facts = s.core.facts.take() ?? [];
  const with_ = (proved: boolean): number => facts.filter((f) => f.proved === proved && f.message !== "").length;
  assert.deepEqual([with_(false), with_(true)], [8, 32]);
  scan(ANNA, 200);
  assert.notEqual((s.core.facts.take() ?? [])[0].message, "", "the next tick");
});

test("what is proved is told at once, a few times in a tick; what anybody may have forged waits for the tick", () => {
  const s = edge();
  const { facts } = s.core;
  const kinds = (told: readonly { readonly kind: string }[] | undefined) => told?.map((f) => f.kind);
  s.receive(BAD, "no SIP at all\r\n\r\n");
  assert.equal(facts.takeProved(), undefined);
  for (let i = 0; i < 4; i++) {
    facts.addDoor("slow", BAD, `${i}`);
    assert.deepEqual(kinds(facts.takeProved()), ["slow"]);
    assert.equal(facts.takeProved(), undefined, "nothing new");
  }
  facts.addDoor("slow", BAD, "fifth");
  assert.equal(facts.takeProved(), undefined);
  assert.deepEqual(kinds(facts.take()), ["malformed", "slow"]);
});

test("told at once or not, a tick holds as many", () => {
  const { facts } = edge().core;
  let told = 0;
  for (let i = 0; i < 600; i++) {
    facts.addDoor("slow", BAD, `${i}`);
    told += facts.takeProved()?.length ?? 0;
  }
  told += facts.take()?.length ?? 0;
  assert.deepEqual([told, facts.lost], [256, 600 - 256]);
});
