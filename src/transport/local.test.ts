import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ip, type Listener, parseIp } from "../base/index.ts";
import { isOpenFault, openFault } from "./fault.ts";
import { nearest, nearestOf, sentByFor } from "./local.ts";
import { Sources, sourceOf } from "./sources.ts";

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed, text);
  return parsed;
}

const OWN = [
  { ip: ip("127.0.0.1"), prefix: 8, internal: true },
  { ip: ip("::1"), prefix: 128, internal: true },
  { ip: ip("169.254.3.4"), prefix: 16, internal: false },
  { ip: ip("203.0.113.5"), prefix: 24, internal: false },
  { ip: ip("10.0.0.5"), prefix: 8, internal: false },
  { ip: ip("10.20.0.5"), prefix: 16, internal: false },
  { ip: ip("fe80::5"), prefix: 64, internal: false },
  { ip: ip("2001:db8:1::5"), prefix: 64, internal: false },
];

test("local: the address of ours that is nearest to a peer", () => {
  for (const [peer, expected] of [
    ["127.0.0.1", "127.0.0.1"],
    ["127.8.8.8", "127.0.0.1"],
    ["203.0.113.77", "203.0.113.5"],
    ["10.99.0.1", "10.0.0.5"],
    ["10.20.30.40", "10.20.0.5"],
    ["198.51.100.1", "203.0.113.5"],
    ["169.254.9.9", "169.254.3.4"],
    ["::1", "::1"],
    ["fe80::77", "fe80::5"],
    ["2001:db8:1::77", "2001:db8:1::5"],
    ["2001:db8:2::77", "2001:db8:1::5"],
  ]) {
    assert.equal(nearestOf(ip(peer), OWN), expected, peer);
  }
  assert.equal(nearestOf(ip("198.51.100.1"), []), "127.0.0.1");
  assert.equal(nearestOf(ip("2001:db8::1"), OWN.slice(0, 2)), "::1");
  assert.equal(nearest("127.0.0.1"), "127.0.0.1");
});

test("local: sentBy is the advertised address, else the bound one, else where packets arrive", () => {
  const base: Listener = {
    index: 0,
    transport: "udp",
    family: 4,
    address: "0.0.0.0",
    port: 5060,
    advertise: "",
    side: "public",
  };
  for (const [address, advertise, local, expected] of [
    ["0.0.0.0", "203.0.113.9", "10.0.0.5", "203.0.113.9:5060"],
    ["0.0.0.0", "203.0.113.9:5070", "10.0.0.5", "203.0.113.9:5070"],
    ["::", "2001:db8::9", "fe80::1", "[2001:db8::9]:5060"],
    ["::", "[2001:db8::9]", "fe80::1", "[2001:db8::9]:5060"],
    ["::", "[2001:db8::9]:5070", "fe80::1", "[2001:db8::9]:5070"],
    ["0.0.0.0", "sip.example.org", "", "sip.example.org:5060"],
    ["198.51.100.1", "", "198.51.100.1", "198.51.100.1:5060"],
    ["2001:db8::1", "", "", "[2001:db8::1]:5060"],
    ["0.0.0.0", "", "10.0.0.5", "10.0.0.5:5060"],
    ["::", "", "2001:db8::5", "[2001:db8::5]:5060"],
    ["0.0.0.0", "", "", "127.0.0.1:5060"],
  ]) {
    const got = sentByFor({ ...base, address, advertise }, "127.0.0.1", local);
    assert.equal(got, expected, `${address} ${advertise} ${local}`);
  }
});

test("sources: an IPv4 address or an IPv6 /64, counted while anything is left", () => {
  assert.equal(sourceOf("198.51.100.7"), "198.51.100.7");
  assert.equal(sourceOf("2001:db8:1:2::7"), sourceOf("2001:db8:1:2:ffff::1"));
  assert.notEqual(sourceOf("2001:db8:1:2::7"), sourceOf("2001:db8:1:3::7"));
  const sources = new Sources();
  const [one, two] = [sources.enter("a"), sources.enter("a")];
  sources.leave(one);
  assert.deepEqual([sources.count("a"), sources.count("b")], [1, 0]);
  sources.hold(two, true);
  sources.hold(two, true);
  assert.equal(sources.count("a"), 0, "held");
  sources.hold(two, false);
  assert.equal(sources.count("a"), 1);
  sources.leave(two);
  for (const held of [true, false]) sources.hold(two, held);
  sources.leave(two);
  assert.equal(sources.count("a"), 0, "gone is gone");
});

test("fault: what the system says becomes one sentence", () => {
  for (const [code, sentence] of [
    ["EACCES", "udp 0.0.0.0:80 may not be opened by this user: ports below 1024 need CAP_NET_BIND_SERVICE"],
    ["EAFNOSUPPORT", "udp 0.0.0.0:80 cannot be opened: this machine has no IPv6"],
    ["EODD", "udp 0.0.0.0:80 cannot be opened: strange"],
  ]) {
    const fault = openFault("udp 0.0.0.0:80", Object.assign(new Error("strange"), { code }));
    assert.deepEqual(fault, { code, message: sentence });
    assert.ok(isOpenFault(fault));
  }
});
