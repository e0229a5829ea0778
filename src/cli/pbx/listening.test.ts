import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { listeningSockets, readProcNet } from "./listening.ts";
import { reachOf } from "./reach.ts";

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue\n";

/** Requirement, transport, line, what is read of it. */
const LINES: readonly [string, "udp" | "tcp", string, string][] = [
  ["a wildcard", "udp", " 1: 00000000:13C4 00000000:0000 07 0:0", "0.0.0.0 5060"],
  ["an address", "udp", " 1: 0100007F:13C4 00000000:0000 07 0:0", "127.0.0.1 5060"],
  ["a connected UDP socket does not wait for others", "udp", " 1: 0100007F:13C4 0100007F:0035 01 0:0", ""],
  ["TCP that listens", "tcp", " 1: 0500000A:13C5 00000000:0000 0A 0:0", "10.0.0.5 5061"],
  ["a TCP connection", "tcp", " 1: 0500000A:13C5 0600000A:0050 01 0:0", ""],
  ["IPv6", "tcp", " 1: B80D0120000000000000000001000000:13C4 00:0 0A 0:0", "2001:db8::1 5060"],
  ["what is no line", "udp", "hello", ""],
  ["an address of another length", "udp", " 1: 0000:13C4 0:0 07", ""],
];

for (const [name, transport, line, read] of LINES) {
  test(`/proc/net: ${name}`, () => {
    const found = readProcNet(`${HEAD}${line}\n`, transport).map((l) => `${l.address} ${l.port}`);
    assert.deepEqual(found, read === "" ? [] : [read]);
  });
}

test("/proc/net: a socket that is open here is found", { skip: process.platform !== "linux" }, async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  assert.ok(listeningSockets().some((l) => l.transport === "udp" && l.address === "127.0.0.1" && l.port === port));
  socket.close();
});

/** Address, who reaches it. */
const REACHES: readonly [string, string][] = [
  ["127.0.0.1", "machine"],
  ["::1", "machine"],
  ["0.0.0.0", "world"],
  ["::", "world"],
  ["10.1.2.3", "network"],
  ["172.16.0.1", "network"],
  ["172.32.0.1", "world"],
  ["192.168.1.1", "network"],
  ["100.64.0.1", "network"],
  ["169.254.1.1", "network"],
  ["fd00::1", "network"],
  ["fe80::1", "network"],
  ["203.0.113.5", "world"],
  ["2001:db8::1", "world"],
];

test("who reaches an address", () => {
  for (const [address, reach] of REACHES) assert.equal(reachOf(address), reach, address);
});
