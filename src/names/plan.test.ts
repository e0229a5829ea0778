import assert from "node:assert/strict";
import { test } from "node:test";
import type { DnsAnswer } from "../ports/index.ts";
import { type Destination, plan, questionKey, type Way } from "./plan.ts";

const ALL: readonly Way[] = ["udp4", "udp6", "tcp4", "tcp6"];
const at = (...addresses: string[]): DnsAnswer => ({ kind: "addresses", addresses, ttl: 60 });
/** "priority weight port machine" of each. */
const srv = (...lines: string[]): DnsAnswer => ({
  kind: "servers",
  records: lines.map((line) => {
    const [priority, weight, port, name] = line.split(" ");
    return { priority: Number(priority), weight: Number(weight), port: Number(port), name };
  }),
});
/** "order preference flags service replacement" of each. */
const naptr = (...lines: string[]): DnsAnswer => ({
  kind: "rules",
  records: lines.map((line) => {
    const [order, preference, flags, service, replacement, regexp = ""] = line.split(" ");
    return { order: Number(order), preference: Number(preference), flags, service, regexp, replacement };
  }),
});
const FAILED: DnsAnswer = { kind: "failed" };

/** Zones by questionKey; all that is not there is none. */
type Zone = Readonly<Record<string, DnsAnswer>>;

/** Asks until nothing more is asked: rounds of questions, servers as "group/priority/weight transport address:port", outcome. */
function resolve(to: Destination, zone: Zone, ways = ALL) {
  const known = new Map<string, DnsAnswer>();
  const asked: string[][] = [];
  for (;;) {
    const { ask, servers, failed, ttl } = plan(to, known, new Set(ways));
    if (ask.length === 0) {
      const shown = servers.flatMap((s) =>
        s.addresses.map((a) => `${s.group}/${s.priority}/${s.weight} ${s.transport} ${a} ${s.port}`),
      );
      return { asked, shown, failed, ttl };
    }
    asked.push(ask.map(questionKey));
    for (const q of ask) known.set(questionKey(q), zone[questionKey(q)] ?? { kind: "none" });
  }
}

const to = (more: Partial<Destination> = {}): Destination => ({ host: "a.example", port: 0, transport: "", ...more });
const MACHINES: Zone = {
  "A a.example": at("198.51.100.1"),
  "A s1.a.example": at("198.51.100.11"),
  "A s2.a.example": at("198.51.100.12", "198.51.100.13"),
};
const BOTH_SRV: Zone = {
  ...MACHINES,
  "SRV _sip._udp.a.example": srv("10 5 5070 s1.a.example"),
  "SRV _sip._tcp.a.example": srv("1 5 5080 S2.a.example."),
};

const CASES: readonly [rfc: string, to: Destination, zone: Zone, servers: readonly string[], failed?: true][] = [
  ["3263 4.2: a port: that machine by UDP, no SRV", to({ port: 5090 }), BOTH_SRV, ["0/0/0 udp 198.51.100.1 5090"]],
  ["3263 4.1: a port and a transport", to({ port: 5090, transport: "tcp" }), MACHINES, ["0/0/0 tcp 198.51.100.1 5090"]],
  [
    "3263 4.1: a transport: SRV of that one",
    to({ transport: "tcp" }),
    BOTH_SRV,
    ["0/1/5 tcp 198.51.100.12 5080", "0/1/5 tcp 198.51.100.13 5080"],
  ],
  [
    "3263 4.2: a transport without SRV: the name itself",
    to({ transport: "tcp" }),
    MACHINES,
    ["0/0/0 tcp 198.51.100.1 5060"],
  ],
  [
    "3263 4.1: no NAPTR: SRV of all that we speak, UDP first",
    to(),
    BOTH_SRV,
    ["0/10/5 udp 198.51.100.11 5070", "1/1/5 tcp 198.51.100.12 5080", "1/1/5 tcp 198.51.100.13 5080"],
  ],
  ["3263 4.1: neither NAPTR nor SRV: UDP to the name itself", to(), MACHINES, ["0/0/0 udp 198.51.100.1 5060"]],
  [
    "3263 4.1: NAPTR by order, then preference",
    to(),
    {
      ...MACHINES,
      "NAPTR a.example": naptr("50 50 s SIP+D2U u.a.example", "10 90 S sip+d2t T.a.example."),
      "SRV u.a.example": srv("0 0 5060 s1.a.example"),
      "SRV t.a.example": srv("0 0 5060 s2.a.example"),
    },
    ["0/0/0 tcp 198.51.100.12 5060", "0/0/0 tcp 198.51.100.13 5060", "1/0/0 udp 198.51.100.11 5060"],
  ],
  [
    "3263 4.1: NAPTR of other services says nothing of SIP",
    to(),
    { ...BOTH_SRV, "NAPTR a.example": naptr("10 10 u E2U+sip x.a.example !.*!sip:x!") },
    ["0/10/5 udp 198.51.100.11 5070", "1/1/5 tcp 198.51.100.12 5080", "1/1/5 tcp 198.51.100.13 5080"],
  ],
  [
    "a domain that wants TLS alone is not spoken with in the clear",
    to(),
    { ...BOTH_SRV, "NAPTR a.example": naptr("10 10 s SIPS+D2T _sips._tcp.a.example") },
    [],
  ],
  [
    "3263 4.1: NAPTR with a regexp, or with no flag s, is none of ours",
    to(),
    {
      ...BOTH_SRV,
      "NAPTR a.example": naptr("10 10 s SIP+D2U _sip._udp.a.example !x!", "10 10 a SIP+D2U s1.a.example"),
    },
    [],
  ],
  [
    "a name server that knows no NAPTR",
    to(),
    { ...MACHINES, "NAPTR a.example": FAILED },
    ["0/0/0 udp 198.51.100.1 5060"],
  ],
  [
    "2782: target . : the service is decidedly not there, and the name itself is no way around",
    to(),
    { ...MACHINES, "SRV _sip._udp.a.example": srv("0 0 0 .") },
    [],
  ],
  [
    "2782: target . of one transport leaves the other",
    to(),
    { ...BOTH_SRV, "SRV _sip._udp.a.example": srv("0 0 0 ") },
    ["1/1/5 tcp 198.51.100.12 5080", "1/1/5 tcp 198.51.100.13 5080"],
  ],
  ["no answer about SRV is not: there are none", to(), { ...MACHINES, "SRV _sip._udp.a.example": FAILED }, [], true],
  [
    "no answer about one transport leaves the other",
    to(),
    { ...BOTH_SRV, "SRV _sip._udp.a.example": FAILED },
    ["1/1/5 tcp 198.51.100.12 5080", "1/1/5 tcp 198.51.100.13 5080"],
    true,
  ],
  ["no such name", to({ host: "b.example" }), MACHINES, []],
  ["no answer about the address", to(), { "A a.example": FAILED }, [], true],
  [
    "SRV to a port 0, to no name, to an address",
    to({ transport: "udp" }),
    { "SRV _sip._udp.a.example": srv("0 0 0 s1.a.example", "0 0 9 localhost", "0 0 9 127.0.0.1") },
    [],
  ],
  [
    "IPv4, then IPv6",
    to({ port: 1 }),
    { ...MACHINES, "AAAA a.example": at("2001:db8::1") },
    ["0/0/0 udp 198.51.100.1 1", "0/0/0 udp 2001:db8::1 1"],
  ],
];
for (const [rfc, destination, zone, servers, failed = false] of CASES) {
  test(rfc, () => {
    const found = resolve(destination, zone);
    assert.deepEqual(found.shown, servers);
    assert.equal(found.failed, failed);
  });
}

test("a family or a transport that we do not listen on is not asked for", () => {
  const { asked, shown } = resolve(to(), BOTH_SRV, ["udp4"]);
  assert.deepEqual(asked, [["NAPTR a.example"], ["SRV _sip._udp.a.example"], ["A s1.a.example"]]);
  assert.deepEqual(shown, ["0/10/5 udp 198.51.100.11 5070"]);
});

test("questions of one kind are asked at once, each once", () => {
  const { asked } = resolve(to(), { ...BOTH_SRV, "SRV _sip._tcp.a.example": srv("1 5 5080 s1.a.example") });
  assert.deepEqual(
    asked.map((round) => round.length),
    [1, 2, 2],
  );
});

test("however much is published, the questions and the addresses are few", () => {
  const many = Array.from({ length: 500 }, (_, i) => i);
  const records = srv(...many.map((i) => `${i} 0 5060 m${i}.a.example`));
  const zone: Record<string, DnsAnswer> = {
    "NAPTR a.example": naptr(...many.map((i) => `${i} 0 s SIP+D2U n${i}.a.example`)),
  };
  for (const i of many) {
    zone[`SRV n${i}.a.example`] = records;
    zone[`A m${i}.a.example`] = at(...many.map((n) => `198.51.${n >> 8}.${n & 255}`));
  }
  const { asked, shown } = resolve(to(), zone);
  assert.deepEqual(
    asked.map((round) => round.length),
    [1, 4, 8],
  );
  assert.ok(shown.length <= 8 * 8, `${shown.length}`);
  assert.ok(shown[0].startsWith("0/0/0 udp 198.51.0.0"));
});

test("addresses are good for as long as the shortest of them", () => {
  const a: DnsAnswer = { kind: "addresses", addresses: ["198.51.100.1"], ttl: 300 };
  const zone = { "A a.example": a, "AAAA a.example": at("2001:db8::1") };
  assert.equal(resolve(to(), zone).ttl, 60);
});
