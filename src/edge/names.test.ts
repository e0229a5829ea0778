/** RFC 3263 where a test needs addresses of the internet, and name servers that say anything. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../base/index.ts";
import { reply } from "../sip/index.ts";
import { ANNA, DOMAIN, PBX, requestText, type SceneOptions } from "./host.fixture.ts";

import { a, at, FAR, OTHER, proved, type Records, scene, settle, statuses, URI } from "./names.fixture.ts";

test("a name: asked once, the call goes on to its address with the URI as it was, and the next one asks nobody", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI));
  assert.deepEqual(statuses(s), [], "8.2.7: no 100 from who keeps no transaction");
  settle(s);
  assert.deepEqual(s.zone.asked, ["NAPTR far.example", "SRV _sip._udp.far.example", "A far.example"]);
  const [invite] = s.heard(`${FAR}:5060`);
  assert.equal(invite.uri, URI);
  assert.ok(!invite.text.includes("Digest"), "her password stays here");
  assert.deepEqual(statuses(s), [100]);
  s.receive(ANNA, proved(s, URI, "second"));
  assert.equal(s.heard(`${FAR}:5060`).length, 1);
  assert.equal(s.zone.asked.length, 3);
  s.pass(61_000);
  s.receive(ANNA, proved(s, URI, "third"));
  assert.equal(s.zone.asked.length, 4, "its time to live is over");
});

test("SRV: port and order as they are published", () => {
  const s = scene({
    "SRV _sip._udp.far.example": {
      kind: "servers",
      records: [
        { priority: 20, weight: 0, port: 5090, name: "two.far.example" },
        { priority: 10, weight: 0, port: 5080, name: "one.far.example" },
      ],
    },
    "A one.far.example": a(FAR),
    "A two.far.example": a(OTHER),
  });
  s.receive(ANNA, proved(s, URI));
  settle(s);
  const [invite] = s.heard(`${FAR}:5080`);
  s.receive(`${FAR}:5080`, reply(invite, 503, { toTag: "t" }));
  const [next] = s.heard(`${OTHER}:5090`);
  assert.ok(next, "3263 4.3: 503 leads to the next one");
  s.receive(`${OTHER}:5090`, reply(next, 486, { toTag: "t" }));
  assert.deepEqual(statuses(s), [100, 486]);
  assert.equal(
    s.core.backends.list.every((b) => b.up),
    true,
  );
});

/** What the first of two addresses answers (0: nothing), and whether the second is tried. */
const ANSWERS: readonly [status: number, next: boolean][] = [
  [486, false],
  [404, false],
  [500, false],
  [603, false],
  [407, false],
  [503, true],
  [0, true],
];
for (const [status, next] of ANSWERS) {
  test(`3263 4.3: ${status || "silence"}: the next address is ${next ? "" : "not "}tried, and no phone system suffers`, () => {
    const s = scene(at(FAR, OTHER));
    s.receive(ANNA, proved(s, URI));
    settle(s);
    const [invite] = s.heard(`${FAR}:5060`);
    if (status > 0) s.receive(`${FAR}:5060`, reply(invite, status, { toTag: "t" }));
    s.pass(2_100);
    assert.equal(s.heard(`${OTHER}:5060`).length > 0, next);
    assert.deepEqual(
      s.core.backends.list.map((b) => [b.up, b.last]),
      [[true, ""]],
    );
  });
}

test("an own user has no more addresses tried than the limit", () => {
  const s = scene({
    ...Object.fromEntries(
      ["one", "two"].map((name, i) => [
        `A ${name}.far.example`,
        a(...Array.from({ length: 20 }, (_, n) => `198.51.10${i + 1}.${n + 100}`)),
      ]),
    ),
    "SRV _sip._udp.far.example": {
      kind: "servers",
      records: ["one", "two"].map((name) => ({ priority: 1, weight: 1, port: 5060, name: `${name}.far.example` })),
    },
  });
  s.receive(ANNA, proved(s, URI));
  settle(s);
  s.pass(40_000);
  const tried = ["198.51.101", "198.51.102"].flatMap((net) =>
    Array.from({ length: 20 }, (_, n) => s.heard(`${net}.${n + 100}:5060`).length > 0),
  );
  assert.equal(tried.filter((was) => was).length, LIMITS.hops);
});

/** Where names lead that somebody made for us. */
const TRAPS: readonly [name: string, addresses: readonly string[]][] = [
  ["a phone system behind us", ["10.0.0.11"]],
  ["the same as IPv6", ["::ffff:10.0.0.11"]],
  ["the same by NAT64", ["64:ff9b::a00:b"]],
  ["the same by 6to4", ["2002:a00:b::1"]],
  ["this machine", ["127.0.0.1"]],
  ["this machine as IPv6", ["::1"]],
  ["any address", ["0.0.0.0"]],
  ["ourselves, who would believe it to come from us", ["192.0.2.1"]],
  ["a trunk", ["198.51.100.7"]],
  ["the cloud's own", ["169.254.169.254"]],
  ["everybody", ["255.255.255.255"]],
  ["no address at all", ["far.example", "", "1.2.3", "10.0.0.11:5060"]],
  ["several of them", ["10.0.0.11", "127.0.0.1", "192.168.1.1"]],
];
for (const [name, addresses] of TRAPS) {
  test(`a name that leads to ${name}: 403, and nothing is sent`, () => {
    const s = scene({ ...at(...addresses), "AAAA far.example": a(...addresses) });
    s.receive(ANNA, proved(s, URI));
    settle(s);
    assert.deepEqual(statuses(s), [403]);
    for (const host of addresses) assert.deepEqual(s.heard(`${host}:5060`), []);
    assert.deepEqual(s.heard(PBX), []);
    assert.equal(s.core.counters.relayed, 0);
  });
}

test("one good address among bad ones is the only one tried", () => {
  const s = scene(at("10.0.0.11", FAR, "127.0.0.1"));
  s.receive(ANNA, proved(s, URI));
  settle(s);
  assert.equal(s.heard(`${FAR}:5060`).length, 1);
  s.pass(4_000);
  assert.deepEqual(s.heard(PBX), []);
  assert.deepEqual(s.heard("127.0.0.1:5060"), []);
});

test("an address is judged each time: one that has become a trunk's is refused, whatever is remembered of its name", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI));
  settle(s);
  assert.equal(s.heard(`${FAR}:5060`).length, 1);
  s.heard(ANNA);
  s.core.trunks.change([{ name: "new", addresses: [FAR], transport: "", fromDomain: "" }], []);
  s.receive(ANNA, proved(s, URI, "second"));
  assert.deepEqual(statuses(s), [403]);
});

/** Outcome, status, phrase. */
const REFUSED: readonly [string, Records, number, RegExp][] = [
  ["no such name", {}, 404, /^SIP\/2.0 404 Domain Not Found\r\n/],
  [
    "nobody could say",
    { "A far.example": { kind: "failed" } },
    480,
    /^SIP\/2.0 480 Domain Not Resolved\r\n.*^Retry-After: 30\r\n/ms,
  ],
];
for (const [name, records, status, text] of REFUSED) {
  test(`${name}: ${status}, also when it is sent again, and nobody is asked again for 30 s`, () => {
    const s = scene(records);
    const invite = proved(s, URI);
    s.receive(ANNA, invite);
    settle(s);
    const [answer] = s.heard(ANNA);
    assert.match(answer.text, text);
    const { length } = s.zone.asked;
    s.receive(ANNA, invite);
    assert.deepEqual(statuses(s), [status]);
    assert.equal(s.zone.asked.length, length);
    s.pass(31_000);
    s.receive(ANNA, proved(s, URI, "later"));
    assert.equal(s.zone.asked.length, length + 1);
  });
}

test("a name server that says nothing: 480 after 8 s, and its late answer changes nothing", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI));
  s.pass(LIMITS.search - 20);
  assert.deepEqual(statuses(s), []);
  s.pass(40);
  assert.deepEqual(statuses(s), [480]);
  settle(s);
  assert.deepEqual(s.heard(`${FAR}:5060`), []);
});

/** Who has nobody asked: caller, URI, whether Anna proves herself. */
const SILENT: readonly [
  string,
  Partial<SceneOptions>,
  string,
  "anna" | "unproved" | "stranger" | "trunk" | "pbx",
  number,
][] = [
  ["a stranger", {}, URI, "stranger", 403],
  [
    "a stranger where anybody may call own users",
    { dial: { allowForeignDomains: true, allowAnonymous: true } },
    URI,
    "stranger",
    403,
  ],
  ["who only says that he is a user", {}, URI, "unproved", 407],
  ["a trunk", {}, URI, "trunk", 403],
  ["a phone system", {}, URI, "pbx", 403],
  ["a user where it is not allowed", { dial: { allowForeignDomains: false } }, URI, "anna", 403],
  ["a name without a dot", {}, "sip:x@localhost", "anna", 403],
  ["a transport that we do not speak there", {}, `${URI};transport=tls`, "anna", 403],
  ["a name of ours with another's port", {}, `sip:x@${DOMAIN}:22`, "anna", 403],
  ["a name that is too long", {}, `sip:x@${"a.".repeat(130)}example`, "anna", 403],
];
for (const [name, more, uri, who, status] of SILENT) {
  test(`no name server is asked for ${name}: ${status}`, () => {
    const s = scene(at("10.0.0.11", FAR), more);
    const from = { anna: ANNA, unproved: ANNA, stranger: `${FAR}:5060`, trunk: "198.51.100.7:5060", pbx: PBX }[who];
    const name = who === "anna" || who === "unproved" ? `sip:anna@${DOMAIN}` : "sip:x@y.example";
    if (who === "anna") s.receive(ANNA, proved(s, uri));
    else
      s.receive(
        from,
        requestText({ method: "INVITE", uri, at: from, from: `<${name}>;tag=1`, to: `<${uri}>`, callId: "c" }),
      );
    assert.deepEqual(
      s.heard(from).map((m) => m.status),
      [status],
    );
    assert.deepEqual(s.zone.asked, []);
    assert.equal(s.core.waiting.size, 0);
  });
}

test("relay: nobody has proved anything to us, so nobody is asked even where the configuration says so", () => {
  const s = scene(at(FAR), { register: "relay", users: [], bound: [["anna", ANNA]] });
  s.receive(
    ANNA,
    requestText({
      method: "INVITE",
      uri: URI,
      at: ANNA,
      from: `<sip:anna@${DOMAIN}>;tag=1`,
      to: `<${URI}>`,
      callId: "c",
    }),
  );
  assert.deepEqual(statuses(s), [403]);
  assert.deepEqual(s.zone.asked, []);
});
