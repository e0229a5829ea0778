import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainName } from "./domain-name.ts";

const label = "a".repeat(63);
const NAMES: readonly [string, boolean][] = [
  ["a.example", true],
  ["_sip._udp.a.example", true],
  ["xn--bcher-kva.example", true],
  [`${label}.${label}.${label}.${"a".repeat(61)}`, true],
  [`${label}.${label}.${label}.${"a".repeat(62)}`, false],
  [`a${label}.example`, false],
  ["localhost", false],
  ["", false],
  [".", false],
  ["a..example", false],
  ["a.example.", false],
  ["-a.example", false],
  ["127.0.0.1", false],
  ["2130706433", false],
  ["0x7f.1", false],
  ["::1", false],
  ["a b.example", false],
  ["a\0.example", false],
  ["bücher.example", false],
];
for (const [name, is] of NAMES) {
  test(`${JSON.stringify(name.slice(0, 30))}: ${is}`, () => assert.equal(isDomainName(name), is));
}
