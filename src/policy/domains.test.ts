import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFailure } from "../base/index.ts";
import { parseUri, type Uri } from "../sip/index.ts";
import { aorOf, aorOfAccount, Domains } from "./domains.ts";

const domains = new Domains({
  domains: ["Example.org", "second.example"],
  aliases: ["pbx.example.org", "192.0.2.1", "2001:DB8:0::1", "second.example"],
  ports: [5060, 5080],
});

function uri(text: string): Uri {
  const parsed = parseUri(text);
  assert.ok(!isFailure(parsed), text);
  return parsed;
}

const ours: [string, number, boolean][] = [
  ["example.org", 0, true],
  ["EXAMPLE.ORG", 5060, true],
  ["example.org.", 0, true],
  ["second.example", 0, true],
  ["pbx.example.org", 5080, true],
  ["192.0.2.1", 0, true],
  ["2001:db8::1", 5060, true],
  ["[2001:db8::1]", 5060, true],
  ["::ffff:192.0.2.1", 5060, true],
  ["example.org", 5070, false],
  ["192.0.2.1", 22, false],
  ["192.0.2.2", 0, false],
  ["sub.example.org", 0, false],
  ["example.org.evil.example", 0, false],
  ["constructor", 0, false],
  ["__proto__", 0, false],
];
test("RFC 3261 16.4, 16.5: which host and port mean us", () => {
  for (const [host, port, expected] of ours) assert.equal(domains.isOurs(host, port), expected, `${host}:${port}`);
});

const names: [string, string][] = [
  ["example.org", "example.org"],
  ["Pbx.Example.Org", "example.org"],
  ["192.0.2.1", "example.org"],
  ["2001:db8:0:0:0:0:0:1", "example.org"],
  ["second.example", "second.example"],
  ["Elsewhere.Example.", "elsewhere.example"],
  ["2001:DB8::99", "2001:db8::99"],
];
test("aliases mean the primary domain; a configured domain stays itself; a foreign one is only spelled alike", () => {
  for (const [host, expected] of names) assert.equal(domains.canonical(host), expected, host);
});

test("without a configured domain the primary is rempart.local and all addresses mean it", () => {
  const none = new Domains({ domains: [], aliases: ["192.0.2.1", "myhost"] });
  assert.equal(none.primary, "rempart.local");
  assert.equal(none.canonical("myhost"), "rempart.local");
  assert.ok(none.isOurs("192.0.2.1", 12_345), "no ports given: any port");
  assert.ok(!none.isOurs("192.0.2.9", 0));
});

const aors: [string, string][] = [
  ["sip:anna@example.org", "anna@example.org"],
  ["sips:anna@EXAMPLE.org:5061;transport=tcp", "anna@example.org"],
  ["sip:anna:secret@192.0.2.1", "anna@example.org"],
  ["sip:Anna@example.org", "Anna@example.org"],
  ["sip:%61nna@example.org", "anna@example.org"],
  ["sip:anna@example.org;user=phone?subject=x", "anna@example.org"],
  ["sip:+1555;phone-context=example.org@example.org", "+1555;phone-context=example.org@example.org"],
  ["sip:a%40evil.example@example.org", "a%40evil.example@example.org"],
  ["sip:%2540@example.org", "%2540@example.org"],
  ["sip:%00@example.org", "%00@example.org"],
  ["sip:%00%00@example.org", "%00%00@example.org"],
  ["sip:a%0d%0aX@example.org", "a%0D%0AX@example.org"],
  ["sip:%3a%2F@example.org", "%3A/@example.org"],
  ["sip:j%c3%a4s@example.org", "j%C3%A4s@example.org"],
  ["sip:anna@[2001:db8::1]", "anna@example.org"],
  ["sip:anna@second.example", "anna@second.example"],
  ["sip:anna@other.example", "anna@other.example"],
  ["sip:example.org", ""],
  ["tel:+1-555-(010)", "+1555010@example.org"],
];
test("RFC 3261 10.3 item 5: one index per user, whatever the spelling", () => {
  for (const [text, expected] of aors) assert.equal(aorOf(uri(text), domains), expected, text);
});

test("an account's user, not escaped, has the same index as its URI", () => {
  const table: [string, string][] = [
    ["anna", "sip:anna@example.org"],
    ["a@b", "sip:a%40b@example.org"],
    ["50%", "sip:50%25@example.org"],
    ["two words", "sip:two%20words@example.org"],
  ];
  for (const [user, text] of table) assert.equal(aorOfAccount(user, "example.org"), aorOf(uri(text), domains));
});

const wireText = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
  minLength: 1,
  maxLength: 20,
});

test("property: the index of a user holds one @ and no control character, and indexes itself", () => {
  fc.assert(
    fc.property(wireText, (user) => {
      const aor = aorOfAccount(user, "example.org");
      assert.match(aor, /^[!-?A-~]+@example\.org$/);
      assert.equal(aorOf(uri(`sip:${aor}`), domains), aor);
    }),
  );
});

test("property: two users never share an index", () => {
  fc.assert(
    fc.property(wireText, wireText, (a, b) => {
      assert.equal(aorOfAccount(a, "example.org") === aorOfAccount(b, "example.org"), a === b);
    }),
  );
});
