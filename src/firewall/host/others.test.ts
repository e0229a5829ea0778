/** What an operator is told about the rules of others, and which SSH sessions are found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { warningsAbout } from "./others.ts";
import { establishedIn } from "./session.ts";

const chains = (...all: object[]): string =>
  JSON.stringify({ nftables: [{ metainfo: {} }, ...all.map((chain) => ({ chain }))] });

for (const [name, chain, expected] of [
  ["ufw", { family: "ip", table: "filter", name: "ufw-user-input" }, /^ip filter: ufw is loaded/],
  ["firewalld", { family: "inet", table: "firewalld", name: "filter_INPUT", hook: "input" }, /firewalld is loaded/],
  [
    "a policy of drop",
    { family: "ip", table: "filter", name: "INPUT", hook: "input", policy: "drop" },
    /chain INPUT of table ip filter: drops/,
  ],
  ["Docker", { family: "ip", table: "nat", name: "DOCKER" }, /Docker's rules/],
  ["our own", { family: "inet", table: "rempart_host", name: "input", hook: "input", policy: "drop" }, undefined],
  ["a policy of accept", { family: "ip", table: "filter", name: "INPUT", hook: "input", policy: "accept" }, undefined],
] as const)
  test(`rules of others: ${name}`, () => {
    const found = warningsAbout({ chains: chains(chain), legacy: [], forwards: false });
    assert.equal(found.length, expected === undefined ? 0 : 1);
    if (expected !== undefined) assert.match(found[0], expected);
  });

test("rules of others: what is not seen, and forwarding, are said", () => {
  const found = warningsAbout({ chains: undefined, legacy: ["filter"], forwards: true }).join("\n");
  for (const words of [/could not be read/, /iptables-legacy-save/, /forwards packets/]) assert.match(found, words);
  assert.deepEqual(warningsAbout({ chains: "no JSON", legacy: [], forwards: false }), []);
});

test("/proc/net/tcp: established connections of the sockets asked for, on a little-endian machine", {
  skip: new Uint8Array(new Uint32Array([1]).buffer)[0] !== 1,
}, () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 017100CB:0016 076433C6:C350 01 00000000:00000000 02:00000000 00000000     0        0 4711 2
   1: 017100CB:0016 086433C6:C350 01 00000000:00000000 02:00000000 00000000     0        0 4712 2
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1`;
  assert.deepEqual(establishedIn(table, new Set(["4711"])), [
    { client: "198.51.100.7", server: "203.0.113.1", port: 22 },
  ]);
});
