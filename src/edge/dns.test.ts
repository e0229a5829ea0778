/** What comes of a name server's answers, by a real one on a socket. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openDns, type Zone } from "../../test/support/dns-server.ts";
import type { DnsAnswer, DnsType } from "../ports/index.ts";
import { dnsResolver } from "./dns.ts";

/** What is asked, what the name server says, what comes of it. */
const ANSWERS: readonly [type: DnsType, Zone[string], DnsAnswer][] = [
  ["A", ["198.51.100.1"], { kind: "addresses", addresses: ["198.51.100.1"], ttl: 60 }],
  ["AAAA", ["2001:db8::1"], { kind: "addresses", addresses: ["2001:db8::1"], ttl: 60 }],
  [
    "A",
    { forged: "198.51.100.66", right: "198.51.100.1" },
    { kind: "addresses", addresses: ["198.51.100.1"], ttl: 60 },
  ],
  ["A", "refused", { kind: "failed" }],
  ["A", "garbage", { kind: "failed" }],
  ["A", "silence", { kind: "failed" }],
  ["A", [], { kind: "none" }],
];
for (const [type, said, answer] of ANSWERS) {
  test(`a name server that says ${JSON.stringify(said)} to ${type}: ${answer.kind}`, async (t) => {
    const dns = await openDns(t, { [`${type} a.example`]: said });
    const resolver = dnsResolver([dns.at]);
    const done = Promise.withResolvers<DnsAnswer>();
    resolver.ask({ type, name: "a.example" }, done.resolve);
    assert.deepEqual(await done.promise, answer);
    resolver.close();
  });
}

test("SRV and NAPTR as node:dns reads them; a name that does not exist has none", async (t) => {
  const dns = await openDns(t, {
    "SRV _sip._udp.a.example": ["10 5 5070 one.a.example", "0 0 0 ."],
    "NAPTR a.example": ["10 50 s SIP+D2U _sip._udp.a.example"],
  });
  const resolver = dnsResolver([dns.at]);
  const ask = (type: DnsType, name: string): Promise<DnsAnswer> =>
    new Promise((done) => resolver.ask({ type, name }, done));
  const srv = await ask("SRV", "_sip._udp.a.example");
  assert.ok(srv.kind === "servers");
  assert.deepEqual(
    srv.records.map((r) => [r.priority, r.weight, r.port, r.name]),
    [
      [10, 5, 5070, "one.a.example"],
      [0, 0, 0, ""],
    ],
  );
  const naptr = await ask("NAPTR", "a.example");
  assert.ok(naptr.kind === "rules");
  const [{ order, preference, flags, service, regexp, replacement }] = naptr.records;
  assert.deepEqual(
    [order, preference, flags, service, regexp, replacement],
    [10, 50, "s", "SIP+D2U", "", "_sip._udp.a.example"],
  );
  for (const type of ["A", "AAAA", "SRV", "NAPTR"] as const) {
    assert.deepEqual(await ask(type, "nowhere.example"), { kind: "none" });
  }
  resolver.close();
});
