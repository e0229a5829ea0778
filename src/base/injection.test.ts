import assert from "node:assert/strict";
import { test } from "node:test";
import { isInjectedName, isInjectedUser } from "./injection.ts";

for (const [user, injected] of [
  ["500&PJSIP/trunk/0044", true],
  ["100$\u007bEXTEN}", true],
  ["100|x", true],
  ["' or ''='", true],
  ["a\u0000b", true],
  ["+33123456789", false],
  ["*98#", false],
  ["*1234*00441632960000", false],
  ["first.last", false],
  ["user~k3Jd_9-aQ2pL", false],
  ["100;phone-context=+33", false],
  ["alice,bob", false],
  ["", false],
] as const) {
  test(`user part: ${JSON.stringify(user)}`, () => assert.equal(isInjectedUser(user), injected));
}

for (const [name, injected] of [
  ["' or ''='", true],
  ["x' OR 1=1 --", true],
  ["1' UNION SELECT secret", true],
  ["<script>alert(1)</script>", true],
  ["a'; drop table users", true],
  ["O'Brien", false],
  ["d'Arc & Söhne", false],
  ["Rock 'n' Roll", false],
  ["Reception -- ground floor", false],
  ["Selected Sounds", false],
  ["<Lobby>", false],
  ["", false],
] as const) {
  test(`display name: ${JSON.stringify(name)}`, () => assert.equal(isInjectedName(name), injected));
}
