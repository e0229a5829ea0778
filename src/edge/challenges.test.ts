/** Phone systems that ask for passwords themselves, and one that takes over from another in the middle of that. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFailure } from "../base/index.ts";
import { type Challenge, H, type Message, reply } from "../sip/index.ts";
import { DOMAIN, newScene, requestText, type Scene } from "./host.fixture.ts";

const ANNA = "203.0.113.10:40001";
const ONE = "10.0.0.11:5060";
const TWO = "10.0.0.12:5060";
const AOR = `sip:anna@${DOMAIN}`;

let cseq = 0;

/** Anna's request, with the nonce that she was given; she was registered before. */
function ask(s: Scene, method: string, nonce = ""): void {
  const uri = method === "REGISTER" ? `sip:${DOMAIN}` : `sip:100@${DOMAIN}`;
  const to = method === "REGISTER" ? `<${AOR}>` : `<${uri}>`;
  const digest = `Authorization: Digest username="anna", realm="x", nonce="${nonce}", uri="${uri}", response="${"0".repeat(32)}"`;
  const lines = nonce === "" ? [] : [digest];
  const callId = `${method} ${++cseq}`.replace(" ", "-");
  s.receive(ANNA, requestText({ method, uri, at: ANNA, from: `<${AOR}>;tag=a`, to, callId, cseq, lines }));
}

/** What came there and wants an answer. */
function requestAt(s: Scene, at: string): Message {
  const found = s.heard(at).find((m) => m.method !== "ACK");
  assert.ok(found !== undefined, `something came to ${at}`);
  return found;
}

/** The phone system at `at` asks for a password with these nonces, one to a line. */
function challenge(s: Scene, at: string, ...nonces: readonly string[]): void {
  const request = requestAt(s, at);
  const headers = nonces
    .map(
      (n, i) =>
        `WWW-Authenticate: Digest realm="x", nonce="${n}", opaque="o", algorithm=${i === 0 ? "MD5" : "SHA-256"}\r\n`,
    )
    .join("");
  s.receive(at, reply(request, 401, { toTag: "p", headers }));
}

/** What the phone is asked in the end. */
function asked(s: Scene): readonly Challenge[] {
  const m = s.heard(ANNA).find((x: Message) => x.status === 401);
  assert.ok(m !== undefined, "it is asked");
  const all = m.all(H.wwwAuthenticate);
  assert.ok(!isFailure(all));
  return all;
}

/** The first phone system is asked, and says that it cannot serve. */
function refuse(s: Scene): void {
  const request = requestAt(s, ONE);
  s.receive(ONE, reply(request, 503, { toTag: "q" }));
}

for (const method of ["REGISTER", "INVITE", "MESSAGE"]) {
  test(`RFC 7616 3.3: ${method} with the nonce of a phone system that is gone: the next one asks anew with stale`, () => {
    const s = newScene({
      register: "relay",
      bound: [["anna", ANNA]],
      backends: [
        ["one", ONE],
        ["two", TWO],
      ],
    });
    ask(s, method);
    challenge(s, ONE, "of one");
    assert.deepEqual(
      asked(s).map((c) => [c.nonce, c.stale]),
      [["of one", false]],
      "a first challenge is none of a nonce that is old",
    );
    ask(s, method, "of one");
    refuse(s);
    challenge(s, TWO, "of two", "of two");
    assert.deepEqual(
      asked(s).map((c) => [c.nonce, c.stale, c.realm, c.opaque, c.algorithm]),
      [
        ["of two", true, "x", "o", "MD5"],
        ["of two", true, "x", "o", "SHA-256"],
      ],
    );
    ask(s, method, "of two");
    refuse(s);
    challenge(s, TWO, "of two again");
    assert.deepEqual(
      asked(s).map((c) => [c.nonce, c.stale]),
      [["of two again", false]],
      "now the password is wrong",
    );
    ask(s, method, "of nobody");
    challenge(s, TWO, "of two, the third");
    assert.equal(asked(s)[0].stale, false, "of a nonce that is not known nothing can be said");
    assert.equal(s.core.counters.wrongPassword, method === "REGISTER" ? 1 : 0);
  });
}
