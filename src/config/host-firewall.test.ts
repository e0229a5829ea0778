/** `[firewall.host]`: what it means, and what is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isTrouble } from "../base/index.ts";
import { config, load } from "./config.fixture.ts";
import { showConfig } from "./index.ts";

const WRITTEN = `
[firewall.host]
ssh = { ports = [22, 2222], from = ["198.51.100.9/24", "2001:DB8::1"] }
console = { ports = [8443], from = ["198.51.100.7"] }
sip = { from = ["192.0.2.0/24"] }
rtp = "12000-12999"
open = ["tcp 443", "udp 4000-4999 from 203.0.113.0/24, 2001:db8::/32", "esp from 192.0.2.1"]
outbound = ["tcp 25 to 10.0.0.25", "gre"]
`;

test("[firewall.host] is read, and shown as it can be read again", () => {
  const { host } = config(WRITTEN).firewall;
  assert.deepEqual(host, {
    ssh: { ports: [22, 2222], from: ["198.51.100.0/24", "2001:db8::1"] },
    console: { ports: [8443], from: ["198.51.100.7"] },
    sip: { from: ["192.0.2.0/24"] },
    rtp: [12_000, 12_999],
    open: [
      { protocol: "tcp", ports: [443, 443], addresses: [] },
      { protocol: "udp", ports: [4_000, 4_999], addresses: ["203.0.113.0/24", "2001:db8::/32"] },
      { protocol: "esp", ports: undefined, addresses: ["192.0.2.1"] },
    ],
    outbound: [
      { protocol: "tcp", ports: [25, 25], addresses: ["10.0.0.25"] },
      { protocol: "gre", ports: undefined, addresses: [] },
    ],
  });
  assert.deepEqual(config(showConfig(config(WRITTEN))).firewall.host, host);
});

for (const [line, at] of [
  ['open = ["443"]', "open[0]"],
  ['open = ["tcp"]', "open[0]"],
  ['open = ["tcp 0"]', "open[0]"],
  ['open = ["tcp 9-8"]', "open[0]"],
  ['open = ["tcp 65536"]', "open[0]"],
  ['open = ["tcp 25 to 10.0.0.1"]', "open[0]"],
  ['open = ["tcp 25 from"]', "open[0]"],
  ['open = ["tcp 25 from example.org"]', "open[0]"],
  ['open = ["tcp 25 accept; drop"]', "open[0]"],
  ['open = ["esp 25"]', "open[0]"],
  ['outbound = ["tcp 25 from 10.0.0.1"]', "outbound[0]"],
  ['rtp = "all"', "rtp"],
  ["ssh = 22", "ssh"],
  ["ssh = { ports = [0] }", "ssh.ports[0]"],
  ['ssh = { from = ["here"] }', "ssh.from[0]"],
  ["console = { ports = [8443] }", "console.from"],
  ["telnet = true", "telnet"],
] as const)
  test(`a fault, with its place: ${line}`, () => {
    const { result } = load(`[firewall.host]\n${line}\n`);
    assert.ok(isTrouble(result));
    assert.match(
      result.details?.[0] ?? "",
      new RegExp(`^rempart.toml: firewall\\.host\\.${at.replace(/[[\]]/g, "\\$&")}: found `),
    );
    assert.equal(result.details?.length, 1);
  });
