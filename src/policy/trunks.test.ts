import assert from "node:assert/strict";
import { test } from "node:test";
import { type Trunk, Trunks } from "./trunks.ts";

const trunk = (name: string, addresses: string[], transport = "", fromDomain = ""): Trunk => {
  return { name, addresses, transport, fromDomain };
};

const trunks = new Trunks();
trunks.change(
  [
    trunk("wide", ["198.51.100.0/24", "2001:db8:5::/48"]),
    trunk("narrow", ["198.51.100.7"], "tcp"),
    trunk("named", ["203.0.113.0/28"], "", "carrier.example"),
    trunk("other", ["203.0.113.0/28"], "", "other.example"),
  ],
  [],
);

/** Address, transport, host in From: the trunk. */
const FOUND: [string, string, string, string | undefined][] = [
  ["198.51.100.9", "udp", "x", "wide"],
  ["198.51.101.9", "udp", "x", undefined],
  ["2001:db8:5::77", "tls", "x", "wide"],
  ["2001:db8:6::77", "tls", "x", undefined],
  ["198.51.100.7", "tcp", "x", "narrow"],
  ["198.51.100.7", "udp", "x", "wide"],
  ["203.0.113.3", "udp", "carrier.example", "named"],
  ["203.0.113.3", "udp", "other.example", "other"],
  ["203.0.113.3", "udp", "evil.example", undefined],
  ["no address", "udp", "x", undefined],
];
for (const [host, transport, from, expected] of FOUND) {
  test(`from ${host} over ${transport} with From ${from}: ${expected ?? "no trunk"}`, () => {
    assert.equal(trunks.find(host, transport, from)?.name, expected);
  });
}

test("changes: replaced by name, taken out by name, none left", () => {
  const few = new Trunks();
  few.change([trunk("a", ["192.0.2.1"]), trunk("b", ["192.0.2.2"])], []);
  few.change([trunk("a", ["192.0.2.3"])], ["b"]);
  assert.equal(few.find("192.0.2.1", "udp", ""), undefined);
  assert.equal(few.find("192.0.2.2", "udp", ""), undefined);
  assert.equal(few.find("192.0.2.3", "udp", "")?.name, "a");
  assert.ok(few.has("192.0.2.3"));
  few.change([], ["a"]);
  assert.equal(few.size, 0);
  assert.ok(!few.has("192.0.2.3"));
});
