import assert from "node:assert/strict";
import { test } from "node:test";
import { isPublicAddress } from "./public-address.ts";

const TABLE: [string, boolean][] = [
  ["203.0.113.9", true],
  ["2001:db8::9", true],
  ["10.1.2.3", false],
  ["127.0.0.2", false],
  ["172.31.0.1", false],
  ["172.32.0.1", true],
  ["192.168.1.1", false],
  ["169.254.169.254", false],
  ["100.64.0.1", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["0.0.0.0", false],
  ["::ffff:10.0.0.1", false],
  ["::1", false],
  ["fd00::1", false],
  ["fe80::1", false],
  ["64:ff9b::a00:1", false],
  ["ff02::1", false],
  ["example.org", false],
  ["", false],
];
for (const [host, expected] of TABLE) test(`${host}: ${expected}`, () => assert.equal(isPublicAddress(host), expected));
