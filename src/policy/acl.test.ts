import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAclRule, isPermitted, parseAclRule } from "./acl.ts";

const RULES: [string, string | undefined][] = [
  ["+10.0.0.7/8", "+10.0.0.0/8"],
  ["-192.168.0.0/255.255.0.0", "-192.168.0.0/16"],
  ["+2001:DB8::1", "+2001:db8::1"],
  ["-all", "-all"],
  ["10.0.0.0/8", undefined],
  ["+", undefined],
  ["-everybody", undefined],
  ["", undefined],
];
test("a rule is read and has one spelling", () => {
  for (const [text, expected] of RULES) {
    const rule = parseAclRule(text);
    assert.equal(rule && formatAclRule(rule), expected, text);
  }
});

/** Rules in order, an address, whether it may. Asterisk: the last match wins, no match is yes. */
const JUDGED: [string, string, string, boolean][] = [
  ["no rule", "", "203.0.113.9", true],
  ["deny alone, outside it", "-10.0.0.0/8", "203.0.113.9", true],
  ["deny alone, inside it", "-10.0.0.0/8", "10.1.1.1", false],
  ["permit alone leaves all others in, as in Asterisk", "+10.0.0.0/8", "203.0.113.9", true],
  ["deny all, permit some: one of them", "-all +10.0.0.0/8", "10.1.1.1", true],
  ["deny all, permit some: another", "-all +10.0.0.0/8", "203.0.113.9", false],
  ["the other way round the last one wins", "+10.0.0.0/8 -all", "10.1.1.1", false],
  ["not the longest prefix but the last match", "-all +10.1.1.1 -10.0.0.0/8", "10.1.1.1", false],
  ["a hole in a permitted block", "-all +10.0.0.0/8 -10.1.0.0/16", "10.1.1.1", false],
  ["beside the hole", "-all +10.0.0.0/8 -10.1.0.0/16", "10.2.1.1", true],
  ["0.0.0.0/0 is IPv4 alone", "-0.0.0.0/0", "2001:db8::1", true],
  ["all is both families", "-all", "2001:db8::1", false],
  ["an IPv6 block", "-all +2001:db8::/32", "2001:db8::1", true],
  ["a mapped address is IPv4", "-all +192.0.2.0/24", "::ffff:192.0.2.9", true],
  ["what is no address is in no block", "-all +0.0.0.0/0", "elsewhere", false],
];
for (const [name, rules, host, expected] of JUDGED) {
  test(`permit and deny: ${name}`, () => {
    const acl = rules.split(" ").flatMap((text) => parseAclRule(text) ?? []);
    assert.equal(isPermitted(acl, host), expected);
  });
}
