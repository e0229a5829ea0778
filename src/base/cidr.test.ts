import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCidr, inCidr, parseCidr } from "./cidr.ts";
import { parseIp } from "./ip.ts";

const READ: [string, string | undefined][] = [
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["10.1.2.3/8", "10.0.0.0/8"],
  ["192.0.2.129/25", "192.0.2.128/25"],
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.1/32", "192.0.2.1"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["192.168.16.5/255.255.240.0", "192.168.16.0/20"],
  ["0.0.0.0/0.0.0.0", "0.0.0.0/0"],
  ["192.168.0.0/255.0.255.0", undefined],
  ["2001:DB8:1::5/32", "2001:db8::/32"],
  ["::/0", "::/0"],
  ["::1", "::1"],
  ["::ffff:192.0.2.0/120", "192.0.2.0/24"],
  ["::ffff:192.0.2.0/24", undefined],
  ["2001:db8::/255.255.0.0", undefined],
  ["2001:db8::/129", undefined],
  ["10.0.0.0/33", undefined],
  ["10.0.0.0/08", undefined],
  ["10.0.0.0/-1", undefined],
  ["10.0.0.0/", undefined],
  ["10.0.0/8", undefined],
  ["/8", undefined],
  ["example.org/8", undefined],
  ["", undefined],
];
test("a block of addresses is read and has one spelling", () => {
  for (const [text, expected] of READ) {
    const cidr = parseCidr(text);
    assert.equal(cidr && formatCidr(cidr), expected, text);
  }
});

const INSIDE: [string, string, boolean][] = [
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.0", false],
  ["192.0.2.128/25", "192.0.2.127", false],
  ["192.0.2.128/25", "192.0.2.128", true],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["0.0.0.0/0", "2001:db8::1", false],
  ["::/0", "203.0.113.9", false],
  ["2001:db8::/33", "2001:db8:8000::1", false],
  ["2001:db8::/33", "2001:db8:7fff::1", true],
  ["192.0.2.1", "192.0.2.1", true],
  ["192.0.2.1", "::ffff:192.0.2.1", true],
];
test("whether an address is in a block; families never mix", () => {
  for (const [block, address, expected] of INSIDE) {
    const cidr = parseCidr(block);
    const ip = parseIp(address);
    assert.ok(cidr && ip);
    assert.equal(inCidr(cidr, ip), expected, `${address} in ${block}`);
  }
});
