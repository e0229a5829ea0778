/** A phone system follows a 3xx by itself, so where a phone may send it is judged on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { H, type Message, reply } from "../sip/index.ts";
import { BERT, DOMAIN, inviteText, newScene, PBX, type Scene, type SceneOptions, STRANGER } from "./host.fixture.ts";

const ABROAD = "00447900123456";

const scene = (more: Partial<SceneOptions> = {}): Scene =>
  newScene({
    users: ["anna", "bert"],
    bound: [["bert", BERT]],
    backends: [["pbx", PBX]],
    dial: { preset: "fr" },
    ...more,
  });

/** `from` calls Bert, whose phone answers with a 302 to `contacts`; what `from` is told. */
function redirected(s: Scene, from: string, contacts: readonly string[], status = 302): Message {
  s.receive(from, inviteText("bert", from, "call"));
  const [invite] = s.heard(BERT);
  s.heard(from);
  const headers = contacts.map((c) => `Contact: ${c}\r\n`).join("");
  s.receive(BERT, reply(invite, status, { toTag: "b", headers }));
  const [final] = s.heard(from);
  return final;
}

const GRANTED: Partial<SceneOptions> = {
  rights: [{ aor: `bert@${DOMAIN}`, classes: ["international"], acl: [], pin: "" }],
};
const LOCKED: Partial<SceneOptions> = {
  rights: [{ aor: `bert@${DOMAIN}`, classes: ["international"], acl: [], pin: "scrypt$00$00" }],
};
const at = (user: string, host = DOMAIN): string => `<sip:${user}@${host}>`;

const CASES: [name: string, contacts: string[], more: Partial<SceneOptions>, status: number][] = [
  ["an own user", [at("anna")], {}, 302],
  ["an own user at our address", [at("anna", "192.0.2.1")], {}, 302],
  ["a number that everybody may call", [at("0612345678")], {}, 302],
  ["no contact at all", [], {}, 302],
  ["a number abroad", [at(ABROAD)], {}, 480],
  ["the same as tel:", ["<tel:+447900123456>"], {}, 480],
  ["the same with escapes", [at("%30%30447900123456")], {}, 480],
  ["the same behind an own user", [at("anna"), `${at(ABROAD)};q=0.1`], {}, 480],
  ["the same at the phone system's address", [at(ABROAD, PBX)], {}, 480],
  ["another domain", [at("x", "elsewhere.example")], {}, 480],
  ["an address of the internet", [at(ABROAD, "198.51.100.99")], {}, 480],
  ["what cannot be read", ["<sip:@>"], {}, 480],
  ["a number abroad, which was granted to him", [at(ABROAD)], GRANTED, 302],
  ["a number at home, which was not", [at("0612345678")], GRANTED, 480],
  ["a number abroad, for which he has a PIN", [at(ABROAD)], LOCKED, 480],
  [
    "another domain even where users may call those",
    [at("x", "198.51.100.99")],
    { dial: { allowForeignDomains: true } },
    480,
  ],
  ["a number abroad where the phone system is the registrar: it decides", [at(ABROAD)], { register: "relay" }, 302],
];
for (const [name, contacts, more, status] of CASES) {
  test(`a phone sends a phone system to ${name}: ${status}`, () => {
    const final = redirected(scene(more), PBX, contacts);
    assert.equal(final.status, status);
    if (status === 480) assert.ok(!final.has(H.contact), "nor by another status");
  });
}

test("every 3xx is judged, not the 302 alone", () => {
  for (const status of [300, 301, 305, 380]) assert.equal(redirected(scene(), PBX, [at(ABROAD)], status).status, 480);
});

test("a caller outside gets the redirection as it is: he is judged when he calls there", () => {
  assert.equal(redirected(scene(), STRANGER, [at(ABROAD)]).status, 302);
});
