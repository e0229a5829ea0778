/**
 * Calls to other domains by name, on the whole daemon with a name server: what is asked, what is refused. A call that is let through needs an
 * address of the internet: test/peers/names.test.ts has one in a network of its own, src/edge/names.test.ts without sockets.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { nameServers } from "../src/cli/doctor/name-servers.ts";
import { openPhone, type Softphone } from "../src/demo/index.ts";
import { runProgram } from "./support/child.ts";
import { type DnsServer, openDns, type Zone } from "./support/dns-server.ts";
import { DOMAIN, type Edge, listener, mustLoad, scratch, startEdge, writeConfig } from "./support/edge.ts";
import { openRaw, rawRequest, statusOf } from "./support/raw.ts";

interface Scene {
  readonly edge: Edge;
  readonly dns: DnsServer;
  readonly anna: Softphone;
  /** At 127.0.0.1, which is where the names of these tests lead. */
  readonly victim: Softphone;
}

async function scene(t: TestContext, zone: (port: number) => Zone): Promise<Scene> {
  const nowhere = { host: "127.0.0.1", port: 9 };
  const victim = await openPhone({ name: "victim", user: "x", domain: DOMAIN, password: "", edge: nowhere, t1: 100 });
  t.after(() => victim.close());
  const port = Number(victim.wire.sentBy.split(":")[1]);
  const dns = await openDns(t, zone(port));
  const edge = await startEdge(t, {
    users: ["anna"],
    dial: `allow_foreign_domains = true\n[dns]\nservers = ["${dns.at}"]`,
    listen: ["127.0.0.1:0", "[::1]:0"].flatMap((at) => [listener("udp", at), listener("tcp", at)]).join(""),
  });
  const anna = await edge.phone("anna");
  return { edge, dns, anna, victim };
}

const statusFor = async (phone: Softphone, uri: string): Promise<string> => {
  const { text } = await phone.call(uri).final;
  return text.slice("SIP/2.0 ".length, text.indexOf("\r\n"));
};

test("whatever a name says, a call by it reaches nothing of ours; what cannot be found is said to be so", async (t) => {
  const { edge, dns, anna, victim } = await scene(t, (port) => ({
    "A local.example": ["127.0.0.1"],
    "AAAA mapped.example": ["0:0:0:0:0:ffff:7f00:1"],
    "SRV _sip._udp.srv.example": [`10 5 ${port} local.example`],
    "NAPTR naptr.example": ["10 10 s SIP+D2T _sip._tcp.naptr.example", "20 10 s SIP+D2U _sip._udp.srv.example"],
    "A many.example": ["10.0.0.11", "127.0.0.1", "192.168.1.1", "169.254.169.254"],
    "A mute.example": "silence",
    "A refused.example": "refused",
    "A garbage.example": "garbage",
    "A forged.example": { forged: "198.51.100.99", right: "127.0.0.1" },
    "SRV _sip._udp.no.example": ["0 0 0 ."],
    "A no.example": ["198.51.100.99"],
    "NAPTR tls.example": ["10 10 s SIPS+D2T _sips._tcp.tls.example"],
    "A tls.example": ["198.51.100.99"],
  }));
  const port = victim.wire.sentBy.split(":")[1];
  const expected: readonly (readonly [uri: string, status: string])[] = [
    [`sip:x@local.example:${port}`, "403 Forbidden"],
    [`sip:x@local.example:${port};transport=tcp`, "403 Forbidden"],
    ["sip:x@LOCAL.example", "403 Forbidden"],
    ["sip:x@srv.example", "403 Forbidden"],
    ["sip:x@naptr.example", "403 Forbidden"],
    ["sip:x@many.example", "403 Forbidden"],
    ["sip:x@forged.example", "403 Forbidden"],
    ["sip:x@mapped.example", "403 Forbidden"],
    ["sip:x@nowhere.example", "404 Domain Not Found"],
    ["sip:x@no.example", "404 Domain Not Found"],
    ["sip:x@tls.example", "404 Domain Not Found"],
    ["sip:x@refused.example", "480 Domain Not Resolved"],
    ["sip:x@garbage.example", "480 Domain Not Resolved"],
    ["sip:x@mute.example", "480 Domain Not Resolved"],
  ];
  for (const [uri, status] of expected) assert.equal(await statusFor(anna, uri), status, uri);
  assert.deepEqual(victim.wire.received, []);
  const once = dns.asked.length;
  for (const [uri, status] of expected.slice(0, 4)) assert.equal(await statusFor(anna, uri), status, uri);
  assert.equal(dns.asked.length, once, "what was asked lately is remembered");
  const { counters } = (await edge.command("status")) as { counters: Record<string, number> };
  assert.deepEqual([counters.relayed, counters.bugs], [0, 0]);
});

test("nobody but a proved user has a name server asked", async (t) => {
  const { edge, dns } = await scene(t, () => ({ "A far.example": ["127.0.0.1"] }));
  const stranger = await edge.phone("mallory", { domain: "elsewhere.example" });
  assert.equal(await statusFor(stranger, "sip:x@far.example"), "403 Forbidden");
  const liar = await edge.phone("anna", { password: "guessed" });
  assert.equal((await liar.call("sip:x@far.example").final).status, 407);
  const raw = await openRaw(t, edge.udp4);
  for (const from of [`<sip:anna@${DOMAIN}>;tag=1`, "<sip:x@far.example>;tag=1"]) {
    raw.send(rawRequest("INVITE", "sip:x@far.example", raw.at, [`From: ${from}`, "To: <sip:x@far.example>"]));
    assert.ok([403, 407].includes(statusOf(await raw.next())));
  }
  assert.deepEqual(dns.asked, []);
});

/** Name servers, level, what the doctor says. */
const SERVERS: readonly (readonly [name: string, zones: readonly Zone[], level: string, what: RegExp])[] = [
  ["one that answers", [{ "TYPE2 ": [] }], "ok", /^127\.0\.0\.1:\d+: answered$/],
  ["one that knows nothing of the root", [{}], "ok", /answered/],
  [
    "one that is silent",
    [{ "TYPE2 ": "silence" }],
    "fail",
    /^127\.0\.0\.1:\d+ does not answer: no other domain is found$/,
  ],
  ["one that refuses", [{ "TYPE2 ": "refused" }], "fail", /answers REFUSED/],
  ["one of two", [{}, { "TYPE2 ": "silence" }], "warn", /does not answer: calls to other domains wait for that$/],
];
for (const [name, zones, level, what] of SERVERS) {
  test(`doctor, name servers: ${name}`, async (t) => {
    const servers = await Promise.all(zones.map((zone) => openDns(t, zone)));
    const dial = `allow_foreign_domains = true\n[dns]\nservers = ${JSON.stringify(servers.map((s) => s.at))}`;
    const found = await nameServers(mustLoad(writeConfig(scratch(t), { dial })));
    assert.equal(found.level, level, found.what);
    assert.match(found.what, what);
    assert.equal(found.run !== undefined, level !== "ok");
  });
}

test("doctor asks no name server where users call no other domain, and says so on its screen", async (t) => {
  const dns = await openDns(t, {});
  const dial = `allow_foreign_domains = false\n[dns]\nservers = ["${dns.at}"]`;
  const { out } = await runProgram(["doctor", "--config", writeConfig(scratch(t), { dial })]);
  assert.match(out, /^ok +dns +not needed/m);
  assert.deepEqual(dns.asked, []);
});
