/** `[front] register = "relay"`: passwords, as the phone system judges them and as far as we do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { reply } from "../sip/index.ts";
import { ANNA, PBX, type Scene, statuses } from "./host.fixture.ts";

import { digest, registers, scene } from "./relay-mode.fixture.ts";

/** The PBX has asked anna for a password with this nonce. */
function challenged(s: Scene, nonce: string): void {
  const headers = `WWW-Authenticate: Digest realm="x", nonce="${nonce}"\r\n`;
  s.receive(PBX, reply(registers(s), 401, { toTag: "p", headers }));
  s.heard(ANNA);
  s.core.counters.challenged--;
}

const wrong: [
  what: string,
  status: number,
  headers: string,
  lines: string[],
  counter: "wrongPassword" | "challenged",
][] = [
  ["a refused password", 401, 'WWW-Authenticate: Digest realm="x", nonce="1"\r\n', [digest("anna")], "wrongPassword"],
  [
    "an old nonce",
    401,
    'WWW-Authenticate: Digest realm="x", nonce="1", stale=true\r\n',
    [digest("anna")],
    "challenged",
  ],
  [
    "a nonce that it gave to nobody just now: another one did, or it has forgotten",
    401,
    'WWW-Authenticate: Digest realm="x", nonce="2"\r\n',
    [digest("anna", "of another time")],
    "challenged",
  ],
  ["forbidden", 403, "", [digest("anna")], "wrongPassword"],
  ["nobody of that name", 404, "", [], "wrongPassword"],
];
for (const [what, status, headers, lines, counter] of wrong) {
  test(`learned from ${status}: ${what}`, () => {
    const s = scene();
    challenged(s, "1");
    s.receive(PBX, reply(registers(s, { lines }), status, { toTag: "p", headers }));
    assert.equal(s.heard(ANNA)[0].status, status);
    assert.equal(s.core.counters[counter], 1);
    assert.equal(s.core.location.size, 0);
  });
}

test("a nonce is forgotten after a minute: registering with it again is no guess", () => {
  const s = scene();
  challenged(s, "1");
  s.pass(61_000);
  const headers = 'WWW-Authenticate: Digest realm="x", nonce="2"\r\n';
  s.heard(PBX);
  s.receive(PBX, reply(registers(s, { lines: [digest("anna")] }), 401, { toTag: "p", headers }));
  assert.equal(s.core.counters.wrongPassword, 0);
});

test("RFC 3261 10.3 item 4: the password of another user does not even get there", () => {
  const s = scene();
  assert.equal(registers(s, { lines: [digest("bert")] }), undefined);
  assert.deepEqual(statuses(s.heard(ANNA)), [403]);
});

for (const header of ["Authorization", "Proxy-Authorization"]) {
  for (const users of [
    ["anna", "bert"],
    ["bert", "anna"],
  ]) {
    test(`nor along with one's own, in ${header}: ${users.join(", then ")}`, () => {
      const s = scene();
      const lines = users.map((user) => digest(user).replace("Authorization", header));
      assert.equal(registers(s, { lines }), undefined);
      assert.deepEqual(statuses(s.heard(ANNA)), [403]);
      assert.equal(s.core.counters.wrongPassword, 1);
      assert.notEqual(registers(s, { lines: [lines[users.indexOf("anna")]] }), undefined, "her own alone passes");
    });
  }
}

test('login = "any": whose a login name is, the registrar behind knows', () => {
  const s = scene({ login: "any" });
  const got = registers(s, { lines: [digest("anna-auth")] });
  assert.match(got.text, /^Authorization: Digest username="anna-auth"/m);
  s.receive(PBX, reply(got, 403, { toTag: "p" }));
  assert.deepEqual(statuses(s.heard(ANNA)), [403]);
  assert.deepEqual([s.core.location.size, s.core.counters.wrongPassword], [0, 1]);
});
