import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalIp, hostPort } from "./ip.ts";

const cases: [string, string | undefined][] = [
  ["192.0.2.1", "192.0.2.1"],
  ["0.0.0.0", "0.0.0.0"],
  ["192.0.2.01", undefined],
  ["192.0.2.256", undefined],
  ["192.0.2", undefined],
  ["192.0.2.1.", undefined],
  ["::", "::"],
  ["::1", "::1"],
  ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8::0:1", "2001:db8::1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["::ffff:192.0.2.128", "192.0.2.128"],
  ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
  ["2001:db8:::1", undefined],
  ["1:2:3:4:5:6:7:8:9", undefined],
  ["1:2:3:4:5:6:7::8", undefined],
  ["12345::", undefined],
  ["fe80::1%eth0", undefined],
  ["", undefined],
  [":", undefined],
];

test("RFC 5952 4: one spelling per address, and refusal of what is none", () => {
  for (const [text, expected] of cases) assert.equal(canonicalIp(text), expected, text);
});

test("host and port: IPv6 stands in brackets", () => {
  assert.equal(hostPort("::1", 5060), "[::1]:5060");
  assert.equal(hostPort("192.0.2.1", 5060), "192.0.2.1:5060");
});
