import assert from "node:assert/strict";
import { test } from "node:test";
import { type Listener, parseIp } from "../base/index.ts";
import { Peers, type UdpFlow } from "./peers.ts";
import { FAMILY, FLAGS, HAS_LOCAL, LOCAL, PEER, PORT, ROW, SCOPE } from "./socket.ts";
import { hostOf, putIp } from "./words.ts";

const WILD: Listener = {
  index: 0,
  transport: "udp",
  family: 4,
  address: "0.0.0.0",
  port: 5060,
  advertise: "",
  side: "public",
};

function row(host: string, port: number, local = "", scope = 0): Int32Array {
  const meta = new Int32Array(ROW);
  const ip = parseIp(host);
  assert.ok(ip);
  meta[FAMILY] = ip.family;
  meta[PORT] = port;
  meta[SCOPE] = scope;
  putIp(meta, PEER, ip);
  if (local === "") return meta;
  const own = parseIp(local);
  assert.ok(own);
  putIp(meta, LOCAL, own);
  meta[FLAGS] = HAS_LOCAL;
  return meta;
}

test("peers: address, port, interface and our own address tell flows apart; nothing else does", () => {
  const peers = new Peers(WILD, 1);
  const of = (host: string, port: number, local = "10.0.0.1", scope = 0): UdpFlow =>
    peers.of(row(host, port, local, scope), 0);
  const first = of("198.51.100.7", 5060);
  assert.equal(of("198.51.100.7", 5060), first);
  for (const other of [
    of("198.51.100.7", 5061),
    of("198.51.100.8", 5060),
    of("198.51.100.7", 5060, "10.0.0.2"),
    of("2001:db8::7", 5060, "2001:db8::1"),
    of("2001:db8::8", 5060, "2001:db8::1"),
    of("fe80::1", 5060, "fe80::2", 2),
    of("fe80::1", 5060, "fe80::2", 3),
  ]) {
    assert.notEqual(other, first);
  }
  assert.equal(peers.size, 8);
  assert.deepEqual([first.host, first.port, first.family, first.sentBy], ["198.51.100.7", 5060, 4, "10.0.0.1:5060"]);
});

test("peers: a flow that we opened learns our address from the first packet on it", () => {
  const peers = new Peers(WILD, 2);
  const flow = peers.of(row("198.51.100.7", 5060), 0);
  assert.equal(flow.flags, 0);
  assert.equal(peers.of(row("198.51.100.7", 5060, "10.0.0.9"), 0), flow);
  assert.equal(flow.sentBy, "10.0.0.9:5060");
  const out = new Int32Array(2 * ROW);
  flow.address(out, ROW);
  assert.deepEqual([...out.subarray(ROW)], [...row("198.51.100.7", 5060, "10.0.0.9")]);
  // And who asks for the address only gets that same flow, while another address of ours is another one.
  assert.equal(peers.of(row("198.51.100.7", 5060), 0), flow);
  assert.notEqual(peers.of(row("198.51.100.7", 5060, "10.0.0.8"), 0), flow);
});

test("peers: never more than the cap, and those met again outlive those met once", () => {
  const cap = 1_024;
  const peers = new Peers(WILD, 3, cap);
  const regulars = Array.from({ length: 100 }, (_, i) => row(`10.0.0.${i}`, 5060, "10.1.1.1"));
  const before = regulars.map((r) => peers.of(r, 0));
  const ids = new Set(before.map((f) => f.id));
  let kept = 0;
  for (let i = 0; i < 20_000; i++) {
    // A flood of forged sources, while the regulars speak up now and then.
    ids.add(peers.of(row(`203.0.${(i >> 8) & 255}.${i & 255}`, 1_024 + (i % 50_000), "10.1.1.1"), 0).id);
    if (i % 5 === 0) peers.of(regulars[(i / 5) % 100], 0);
  }
  regulars.forEach((r, i) => {
    if (peers.of(r, 0) === before[i]) kept++;
  });
  assert.ok(peers.size <= cap);
  assert.equal(ids.size, 20_100);
  assert.ok(peers.evicted > 18_000, `${peers.evicted} evicted`);
  assert.ok(kept >= 90, `${kept} of 100 kept`);
});

test("peers: up to a quarter full nobody is given up, and everybody is found", () => {
  const peers = new Peers(WILD, 4, 8_192);
  // Ports that count up with addresses, as behind a carrier's NAT.
  const rows = Array.from({ length: 2_048 }, (_, i) => row(`10.0.${i >> 8}.${i & 255}`, 1_024 + i * 7, "10.1.1.1"));
  const flows = rows.map((r) => peers.of(r, 0));
  assert.equal(peers.evicted, 0);
  assert.deepEqual(
    rows.map((r) => peers.of(r, 0)),
    flows,
  );
  assert.equal(peers.size, 2_048);
});

test("words: an address survives rows, in the one spelling", () => {
  for (const host of ["0.0.0.0", "255.255.255.255", "198.51.100.7", "::", "::1", "2001:db8::ff00:42:8329", "fe80::1"]) {
    const meta = row(host, 1);
    assert.equal(hostOf(meta, PEER, meta[FAMILY]), host);
  }
});
