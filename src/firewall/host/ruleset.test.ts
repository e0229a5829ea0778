/** What must be let in and out, requirement by requirement, as the rules that do it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { plainLines, unifiedDiff } from "./diff.ts";
import { EDGE, siteWith } from "./host.fixture.ts";
import { needsOf, readSshConnection, type Site } from "./needs.ts";
import { opening } from "./opening.ts";
import { rulesetOf } from "./ruleset.ts";

interface Case {
  readonly name: string;
  readonly site: Partial<Site>;
  readonly has?: readonly string[];
  readonly lacks?: readonly RegExp[];
}

const CASES: readonly Case[] = [
  { name: "SSH from anywhere", site: {}, has: ['tcp dport 22 accept comment "SSH"'] },
  {
    name: "SSH from named addresses of both families, halves of a block as one, nothing twice",
    site: {
      ssh: { ports: [22, 2222], from: ["198.51.100.128/25", "198.51.100.0/25", "198.51.100.7", "2001:db8::/32"] },
    },
    has: [
      'ip saddr 198.51.100.0/24 tcp dport { 22, 2222 } accept comment "SSH"',
      'ip6 saddr 2001:db8::/32 tcp dport { 22, 2222 } accept comment "SSH"',
    ],
  },
  {
    name: "public SIP listeners: on all addresses or on one, and no state for UDP",
    site: EDGE,
    has: [
      'udp dport 5060 accept comment "SIP, public"',
      'ip daddr 203.0.113.1 tcp dport 5061 accept comment "SIP, public"',
      'fib daddr type local udp dport 5060 notrack comment "SIP over UDP"',
      'udp sport { 5060, 5070 } accept comment "SIP from our own ports"',
    ],
  },
  {
    name: "private listeners: from the phone systems alone, which are spoken with",
    site: EDGE,
    has: [
      'ip saddr 10.0.0.11 udp dport 5070 accept comment "SIP, private"',
      'ip daddr 10.0.0.11 udp dport 5080 accept comment "phone system asterisk-1"',
    ],
    lacks: [/^udp dport 5070/m],
  },
  {
    name: "private listeners without a phone system: nobody",
    site: { ...EDGE, backends: [] },
    lacks: [/dport 5070/],
  },
  {
    name: "SIP from named addresses and trunks: then with state, since answers of others are known by it",
    site: { ...EDGE, sipFrom: ["192.0.2.0/24", "203.0.113.64/28"] },
    has: ['ip saddr { 192.0.2.0/24, 203.0.113.64/28 } udp dport 5060 accept comment "SIP, public"'],
    lacks: [/notrack/, /ip6 saddr.*5060/, /^udp dport 5060/m],
  },
  {
    name: "sound",
    site: { rtp: [10_000, 20_000] },
    has: ['udp dport 10000-20000 accept comment "RTP: sound"', 'udp sport 10000-20000 accept comment "RTP: sound"'],
  },
  { name: "no sound", site: {}, lacks: [/RTP/] },
  {
    name: "console and certificates",
    site: {
      console: { ports: [8443], from: ["198.51.100.7"] },
      acme: { address: "::", port: 80 },
    },
    has: [
      'ip saddr 198.51.100.7 tcp dport 8443 accept comment "console"',
      'tcp dport 80 accept comment "the question of the certificate authority"',
    ],
  },
  {
    name: "own openings, in and out, protocols without ports too",
    site: {
      open: [
        opening("esp", "opened", { addresses: ["192.0.2.1"] }),
        opening("tcp", "opened", { ports: [[8000, 8010]] }),
      ],
      outbound: [opening("udp", "let out", { ports: [[514, 514]], addresses: ["10.0.0.9"] })],
    },
    has: [
      'ip saddr 192.0.2.1 meta l4proto esp accept comment "opened"',
      'tcp dport 8000-8010 accept comment "opened"',
      'ip daddr 10.0.0.9 udp dport 514 accept comment "let out"',
    ],
  },
  {
    name: "all of a family is no block that nft takes as an address",
    site: { ssh: { ports: [22], from: ["0.0.0.0/0"] } },
    has: ['meta nfproto ipv4 tcp dport 22 accept comment "SSH"'],
    lacks: [/\/0/],
  },
  {
    name: "ICMP: errors with path MTU before the judgement of states, ping, neighbour discovery of the same link",
    site: {},
    has: [
      'icmp type { destination-unreachable, time-exceeded, parameter-problem } accept comment "errors, path MTU"',
      'icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept comment "errors, path MTU"',
      'icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept comment "neighbours, routers"',
      'meta l4proto { icmp, ipv6-icmp } accept comment "errors, ping, neighbours"',
    ],
    lacks: [/ct state invalid drop[\s\S]*icmp(v6)? type/],
  },
  {
    name: "outbound: names, time, web, SIP, the lease, answers of what stood before",
    site: {},
    has: [
      'udp dport { 53, 123 } accept comment "DNS, NTP"',
      'tcp dport { 53, 80, 443 } accept comment "DNS, HTTP, HTTPS"',
      'tcp dport 5060-5061 accept comment "SIP over TCP and TLS"',
      'udp sport 68 udp dport 67 accept comment "DHCP"',
      'tcp sport 22 tcp flags != syn accept comment "stood before"',
    ],
  },
  {
    name: "a name ends no comment",
    site: { backends: [{ name: 'x" drop\n', addresses: ["10.0.0.1"], port: 1, protocol: "tcp" }] },
    has: ['ip daddr 10.0.0.1 tcp dport 1 accept comment "phone system x? drop?"'],
  },
];

for (const { name, site, has = [], lacks = [] } of CASES)
  test(name, () => {
    const text = rulesetOf(needsOf(siteWith(site)));
    const lines = plainLines(text).map((line) => line.trim());
    for (const line of has) assert.ok(lines.includes(line), `${line}\nis not in\n${lines.join("\n")}`);
    for (const pattern of lacks) assert.doesNotMatch(lines.join("\n"), pattern);
    assert.equal(
      new Set(lines.filter((l) => /accept comment "SIP, /.test(l))).size,
      lines.filter((l) => /accept comment "SIP, /.test(l)).length,
    );
  });

test("input and output drop what is not named; our table alone, in one step, never the whole ruleset", () => {
  const text = rulesetOf(needsOf(siteWith()));
  assert.match(text, /hook input priority filter; policy drop;/);
  assert.match(text, /hook output priority filter; policy drop;/);
  assert.doesNotMatch(text, /flush|hook forward/);
  for (const [, table] of text.matchAll(/^(?:delete )?table inet (\S+)/gm)) assert.equal(table, "rempart_host");
});

const SESSION = readSshConnection("198.51.100.7 50000 203.0.113.1 2222");
for (const [name, ssh, added] of [
  ["its address and port are let in", { ports: [2222], from: ["198.51.100.0/24"] }, false],
  ["another port", { ports: [22], from: [] }, true],
  ["other addresses", { ports: [2222], from: ["192.0.2.0/24"] }, true],
] as const)
  test(`the SSH session is never cut: ${name}`, () => {
    assert.ok(SESSION);
    const needs = needsOf(siteWith({ ssh, sessions: [SESSION] }));
    const rule = 'ip saddr 198.51.100.7 tcp dport 2222 accept comment "the SSH session that this was applied from"';
    assert.equal(
      plainLines(rulesetOf(needs))
        .map((l) => l.trim())
        .includes(rule),
      added,
    );
    assert.deepEqual(needs.added, added ? [SESSION] : []);
  });

for (const [text, client] of [
  ["198.51.100.7 50000 203.0.113.1 22", "198.51.100.7"],
  ["fe80::1%eth0 50000 fe80::2%eth0 22", "fe80::1"],
  ["::ffff:198.51.100.7 1 ::ffff:203.0.113.1 22", "198.51.100.7"],
  ["", undefined],
  ["nobody 1 2 3", undefined],
  ["198.51.100.7 50000 203.0.113.1 0", undefined],
] as const)
  test(`SSH_CONNECTION ${JSON.stringify(text)}`, () => assert.equal(readSshConnection(text)?.client, client));

test("the difference is one that patch(1) takes", () => {
  const before = Array.from({ length: 30 }, (_, i) => `line ${i}`);
  const after = before.flatMap((line, i) => (i === 3 ? [] : i === 20 ? [line, "new"] : [line]));
  const diff = unifiedDiff(before, after, ["a", "b"]);
  assert.deepEqual(
    diff.filter((l) => l.startsWith("@@")),
    ["@@ -1,7 +1,6 @@", "@@ -19,6 +18,7 @@"],
  );
  assert.deepEqual(
    diff.filter((l) => /^[+-](?![+-])/.test(l)),
    ["-line 3", "+new"],
  );
  assert.deepEqual(unifiedDiff(before, before, ["a", "b"]), []);
  assert.equal(unifiedDiff([], after, ["a", "b"])[2], "@@ -0,0 +1,30 @@");
});

test("nft lists no difference for counts and comments of the file", () => {
  const listed = 'table inet rempart_host {\n\tchain input {\n\t\tcounter packets 12 bytes 900 comment "x"\n\t}\n}\n';
  assert.deepEqual(plainLines(listed), plainLines(`# hello\n${listed.replace(/packets 12 bytes 900 /, "")}`));
});

/** A kernel of its own to ask: a namespace, which root may make. */
const unshare = spawnSync("unshare", ["-n", "true"]).status === 0 && spawnSync("nft", ["--version"]).status === 0;
for (const { name, site } of CASES)
  test(`nft takes it: ${name}`, { skip: unshare ? false : "needs root, unshare and nft" }, () => {
    const done = spawnSync("unshare", ["-n", "nft", "-c", "-f", "-"], {
      input: rulesetOf(needsOf(siteWith(site))),
      encoding: "utf8",
      timeout: 10_000,
    });
    assert.equal(done.stderr, "");
    assert.equal(done.status, 0);
  });
