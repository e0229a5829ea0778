/** RFC 3263 where a test needs addresses of the internet, and name servers that say anything. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../base/index.ts";
import type { DnsAnswer, DnsQuestion, Resolver } from "../ports/index.ts";
import { type Message, reply } from "../sip/index.ts";
import {
  credentials,
  DOMAIN,
  newScene,
  type RequestParts,
  requestText,
  type Scene,
  type SceneOptions,
} from "./host.fixture.ts";

const ANNA = "203.0.113.10:40001";
const BERT = "203.0.113.9:40000";
const PBX = "10.0.0.11:5060";
const FAR = "198.51.100.99";
const OTHER = "198.51.100.98";
const URI = "sip:x@far.example";

/** Answers only when it is told to. */
interface Zone extends Resolver {
  readonly asked: string[];
  /** Answers all that is asked, and what is asked then. */
  answer(): void;
}

type Records = Readonly<Record<string, DnsAnswer>>;

function newZone(records: Records): Zone {
  const open: [DnsQuestion, (answer: DnsAnswer) => void][] = [];
  const asked: string[] = [];
  return {
    asked,
    ask(question, done) {
      asked.push(`${question.type} ${question.name}`);
      open.push([question, done]);
    },
    answer() {
      while (open.length > 0) {
        for (const [{ type, name }, done] of open.splice(0)) done(records[`${type} ${name}`] ?? { kind: "none" });
      }
    },
    close() {
      for (const [, done] of open.splice(0)) done({ kind: "failed" });
    },
  };
}

const a = (...addresses: string[]): DnsAnswer => ({ kind: "addresses", addresses, ttl: 60 });
const at = (...addresses: string[]): Records => ({ "A far.example": a(...addresses) });

const USUAL: SceneOptions = {
  users: ["anna", "bert"],
  bound: [["bert", BERT]],
  backends: [["pbx", PBX]],
  trunks: [{ name: "carrier", addresses: ["198.51.100.0/28"], transport: "", fromDomain: "" }],
};

function scene(records: Records, more: Partial<SceneOptions> = {}): Scene & { zone: Zone } {
  const zone = newZone(records);
  const dial = { allowForeignDomains: true, allowAnonymous: false, ...more.dial };
  return { ...newScene({ ...USUAL, ...more, resolver: zone, dial }), zone };
}

/** Anna's INVITE with her password, as text; it is not sent. */
function proved(s: Scene, uri: string, callId = "call", more: Partial<RequestParts> = {}): string {
  const from = `<sip:anna@${DOMAIN}>;tag=a`;
  const parts = { method: "INVITE", uri, at: ANNA, from, to: `<${uri}>`, callId, ...more };
  s.receive(ANNA, requestText(parts));
  const challenge = s.heard(ANNA).find((m) => m.status === 407);
  assert.ok(challenge, "asked for the password");
  return requestText({ ...parts, cseq: 2, lines: [...(more.lines ?? []), credentials(challenge, "anna", uri)] });
}

/** Time for what waits to be looked at again. */
const settle = (s: Scene & { zone: Zone }): void => {
  s.zone.answer();
  s.pass(20);
};
const statuses = (s: Scene, who = ANNA): number[] => s.heard(who).map((m) => m.status);

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

test("what is sent again while it waits makes one call, and one that waits beside it shares the question", () => {
  const s = scene(at(FAR));
  const invite = proved(s, URI);
  for (let i = 0; i < 4; i++) s.receive(ANNA, invite);
  s.receive(ANNA, proved(s, URI, "beside"));
  assert.equal(s.core.waiting.size, 2);
  settle(s);
  assert.equal(s.zone.asked.length, 3);
  assert.equal(s.core.counters.lookups, 1);
  assert.deepEqual(
    s.heard(`${FAR}:5060`).map((m) => m.method),
    ["INVITE", "INVITE"],
  );
  assert.equal(s.core.waiting.size, 0);
});

test("9.2: a CANCEL for what waits: 200 and 487, and it is not called afterwards, though it comes again", () => {
  const s = scene(at(FAR));
  const invite = proved(s, URI, "call", { branch: "waits" });
  s.receive(ANNA, invite);
  const cancel = requestText({
    method: "CANCEL",
    uri: URI,
    at: ANNA,
    from: `<sip:anna@${DOMAIN}>;tag=a`,
    to: `<${URI}>`,
    callId: "call",
    cseq: 2,
    branch: "waits",
  });
  s.receive(ANNA, cancel);
  assert.deepEqual(statuses(s), [200, 487]);
  s.receive(ANNA, cancel);
  s.receive(ANNA, invite);
  assert.deepEqual(statuses(s), [200, 487]);
  settle(s);
  s.receive(ANNA, invite);
  assert.deepEqual(statuses(s), [487]);
  assert.deepEqual(s.heard(`${FAR}:5060`), []);
  s.pass(33_000);
  assert.equal(s.core.waiting.size, 0, "and is forgotten");
});

test("one account has a few requests waiting, and others have room beside it", () => {
  const s = scene({});
  for (let i = 0; i < LIMITS.waitingPerAccount; i++) s.receive(ANNA, proved(s, `sip:x@n${i}.example`, `call${i}`));
  assert.deepEqual(statuses(s), []);
  s.receive(ANNA, proved(s, "sip:x@more.example", "one-more"));
  const [full] = s.heard(ANNA);
  assert.match(full.text, /^SIP\/2.0 503 .*^Retry-After: \d+\r\n/ms);
  assert.ok(!s.zone.asked.includes("NAPTR more.example"));
  assert.equal(s.core.waiting.isFull("bert@pbx.example.org", 700), false);
  settle(s);
  s.receive(ANNA, proved(s, "sip:x@more.example", "later"));
  assert.equal(s.core.waiting.size, 1);
});

test("the list of what waits is bounded in number and in bytes, and gives both back", () => {
  const { waiting } = scene({}).core;
  const flow = scene({}).core.network.way("udp", FAR, 5060, -1);
  assert.ok(flow);
  const big = "x".repeat(65_000);
  let held = 0;
  while (!waiting.isFull(`u${held}`, big.length)) waiting.add("n", `k${held}`, flow, big, `u${held++}`);
  assert.equal(held, Math.floor(LIMITS.waitingBytes / big.length));
  assert.equal(waiting.take("n").length, held);
  held = 0;
  while (!waiting.isFull(`u${held}`, 1)) waiting.add("n", `k${held}`, flow, "x", `u${held++}`);
  assert.equal(held, LIMITS.waiting);
  for (const w of waiting.take("n")) assert.equal(w.text, "x");
  assert.equal(waiting.isFull("u0", big.length), false);
});

test("no more than so many names are looked up at once", () => {
  const s = scene({});
  const to = (i: number) => ({ host: `n${i}.example`, port: 0, transport: "" as const });
  for (let i = 0; i < LIMITS.searches; i++) assert.equal(s.core.names.search(to(i)), "new");
  assert.equal(s.core.names.search(to(LIMITS.searches)), "full");
  assert.equal(s.core.names.search(to(0)), "open", "one that is under way needs no room");
  assert.equal(s.zone.asked.length, LIMITS.searches);
});

test("a MESSAGE goes the same way, and so does its failure", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI, "call", { method: "MESSAGE" }));
  settle(s);
  const [m] = s.heard(`${FAR}:5060`);
  s.receive(`${FAR}:5060`, reply(m, 202, { toTag: "t" }));
  assert.deepEqual(statuses(s), [202]);
});

test("a CANCEL after the call has gone out goes there too", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI, "call", { branch: "gone" }));
  settle(s);
  const [invite] = s.heard(`${FAR}:5060`);
  s.receive(`${FAR}:5060`, reply(invite, 180, { toTag: "t" }));
  s.receive(
    ANNA,
    requestText({
      method: "CANCEL",
      uri: URI,
      at: ANNA,
      from: `<sip:anna@${DOMAIN}>;tag=a`,
      to: `<${URI}>`,
      callId: "call",
      cseq: 2,
      branch: "gone",
    }),
  );
  assert.deepEqual(
    s.heard(`${FAR}:5060`).map((m: Message) => m.method),
    ["CANCEL"],
  );
});

test("OPTIONS for another domain has a transaction: the same one again is not relayed twice", () => {
  const s = scene(at(FAR));
  const options = proved(s, "sip:far.example", "call", { method: "OPTIONS" });
  s.receive(ANNA, options);
  s.receive(ANNA, options);
  settle(s);
  s.receive(ANNA, options);
  assert.equal(s.heard(`${FAR}:5060`).length, 1);
});

test("at the end what is given up asks nothing more", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI));
  s.core.names.close();
  assert.equal(s.zone.asked.length, 1);
  s.pass(LIMITS.search);
  assert.deepEqual(s.heard(`${FAR}:5060`), []);
});

test("a caller whose connection has gone meanwhile calls nobody", () => {
  const s = scene(at(FAR));
  s.receive(ANNA, proved(s, URI));
  const flow = s.core.network.way("udp", "203.0.113.10", 40_001, -1);
  assert.ok(flow);
  Object.assign(flow, { open: false });
  settle(s);
  assert.deepEqual(s.heard(`${FAR}:5060`), []);
  assert.equal(s.core.waiting.size, 0);
});
