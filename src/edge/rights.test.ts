/** Rights where a test needs addresses of the internet, which a real socket here has none of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { H, type Message, reply } from "../sip/index.ts";
import {
  ANNA,
  BERT,
  credentials,
  DOMAIN,
  EDGE,
  newScene,
  PBX,
  type RequestParts,
  requestText,
  type Scene,
  type SceneOptions,
} from "./host.fixture.ts";

const CARRIER = "198.51.100.7:5060";
const ELSEWHERE = "198.51.100.99";

const USUAL: SceneOptions = {
  users: ["anna", "bert"],
  bound: [["bert", BERT]],
  backends: [["pbx", PBX]],
  trunks: [{ name: "carrier", addresses: ["198.51.100.0/28"], transport: "", fromDomain: "" }],
};
const scene = (dial: SceneOptions["dial"] = {}, more: Partial<SceneOptions> = {}): Scene =>
  newScene({ ...USUAL, ...more, dial: { preset: "fr", allowAnonymous: false, ...dial } });
/** The phone system is the registrar: we have no accounts, and Bert is known by his binding alone. */
const relayed = (dial: SceneOptions["dial"] = {}): Scene => scene(dial, { users: [], register: "relay" });

/** What Anna is told when she asks for `uri` with her password, and where it went: status, or 0 when it was passed on. */
function annaAsks(s: Scene, uri: string, to: string, more: Partial<RequestParts> = {}): number {
  const parts = {
    method: "INVITE",
    uri,
    at: ANNA,
    from: `<sip:anna@${DOMAIN}>;tag=a`,
    to: `<${uri}>`,
    callId: "call",
    ...more,
  };
  s.receive(ANNA, requestText(parts));
  const [challenge] = s.heard(ANNA);
  assert.equal(challenge.status, 407);
  const lines = [...(more.lines ?? []), credentials(challenge, "anna", uri)];
  s.receive(ANNA, requestText({ ...parts, cseq: 2, lines }));
  const final = s.heard(ANNA).find((m) => m.status >= 200);
  const passed = s.heard(to).length > 0;
  assert.equal(passed, final === undefined, `${uri}: passed on or refused, never both`);
  return final?.status ?? 0;
}

const FOREIGN: [name: string, uri: string, to: string, allowed: boolean][] = [
  ["an address of the internet", `sip:x@${ELSEWHERE}`, `${ELSEWHERE}:5060`, true],
  ["the same with a port", `sip:x@${ELSEWHERE}:5070`, `${ELSEWHERE}:5070`, true],
  ["a trunk, by which our own address would call abroad", "sip:00447900123456@198.51.100.7", CARRIER, false],
  ["a phone system behind us, past all classes", `sip:00447900123456@${PBX}`, PBX, false],
  ["another port of ours", "sip:x@192.0.2.1:22", "192.0.2.1:22", false],
  ["a private network", "sip:x@10.0.0.77", "10.0.0.77:5060", false],
  ["a name that is none of a domain", "sip:x@elsewhere", "elsewhere:5060", false],
  ["a transport that is not there", `sip:x@${ELSEWHERE};transport=sctp`, `${ELSEWHERE}:5060`, false],
];
for (const [name, uri, to, allowed] of FOREIGN) {
  test(`allow_foreign_domains: ${name}: ${allowed ? "passed on" : "403"}`, () => {
    assert.equal(annaAsks(scene({ allowForeignDomains: true }), uri, to), allowed ? 0 : 403);
    assert.equal(annaAsks(scene(), uri, to), 403, "not without it");
  });
}

test("allow_foreign_domains: a phone system at a public address is none, however its address is spelled", () => {
  const backends: [string, string][] = [["pbx", "203.0.113.80:5060"]];
  for (const host of ["203.0.113.80", "[::ffff:203.0.113.80]", "[::ffff:cb00:7150]"]) {
    const s = scene({ allowForeignDomains: true }, { backends });
    assert.equal(annaAsks(s, `sip:00447900123456@${host}`, "203.0.113.80:5060"), 403, host);
  }
});

/** From whom, what, Refer-To; whether it goes on. Out of dialog to Bert, or to the phone system where the target is a number. */
const REFERS: [name: string, at: string, target: string, referTo: string, allowed: boolean][] = [
  ["a trunk may refer to what everybody may call", CARRIER, "bert", "0612345678", true],
  ["a trunk may not have abroad called", CARRIER, "bert", "00447900123456", false],
  ["a trunk may not have the phone system call abroad", CARRIER, "201", "00447900123456", false],
  ["a phone system may refer a phone: that is judged when it calls", PBX, "bert", "00447900123456", true],
];
for (const [name, at, target, number, allowed] of REFERS) {
  test(`REFER: ${name}`, () => {
    const s = scene();
    const uri = `sip:${target}@${DOMAIN}`;
    const lines = [`Refer-To: <sip:${number}@${DOMAIN}>`];
    s.receive(
      at,
      requestText({ method: "REFER", uri, at, from: "<sip:x@y.example>;tag=1", to: `<${uri}>`, callId: "call", lines }),
    );
    assert.equal(s.heard(target === "bert" ? BERT : PBX).length > 0, allowed);
    assert.equal(
      s.heard(at).some((m) => m.status === 403),
      !allowed,
    );
  });
}

test("a PIN in Refer-To is refused: it could not be taken out of there", () => {
  const s = scene();
  const lines = [`Refer-To: <sip:*2580*00447900123456@${DOMAIN}>`];
  assert.equal(annaAsks(s, `sip:bert@${DOMAIN}`, BERT, { method: "REFER", lines }), 403);
});

/** An INVITE of `from`, as it is written. */
function calls(s: Scene, at: string, uri: string, from: string, lines: readonly string[] = []): Message[] {
  s.receive(
    at,
    requestText({ method: "INVITE", uri, at, from: `<${from}>;tag=c`, to: `<${uri}>`, callId: "call", lines }),
  );
  return s.heard(at).filter((m) => m.status >= 200);
}

const ABROAD = `sip:00447900123456@${DOMAIN}`;
const BERTS = `sip:bert@${DOMAIN}`;

test("relay: what a registered user may call is for the phone system to say", () => {
  const s = relayed();
  assert.deepEqual(calls(s, BERT, ABROAD, BERTS), []);
  assert.deepEqual(
    s.heard(PBX).map((m) => m.uri),
    [ABROAD],
  );
});

for (const [name, uri] of [
  ["a number", "sip:+33142278186@pbx.example.org"],
  ["a user", BERTS],
] as const) {
  test(`relay: a trunk's call to ${name} goes to the phone system, a stranger's to nobody`, () => {
    const s = relayed({ allowAnonymous: true });
    assert.deepEqual(calls(s, CARRIER, uri, "sip:+33612345678@carrier.example"), []);
    assert.equal(s.heard(PBX).length, 1);
    const other = relayed({ allowAnonymous: true });
    assert.deepEqual(
      calls(other, `${ELSEWHERE}:5060`, uri, "sip:x@y.example").map((m) => m.status),
      [404],
    );
    assert.deepEqual([other.heard(PBX), other.heard(BERT)], [[], []]);
  });
}

test("relay: nobody has proved to be a user, so none reaches another domain", () => {
  const s = relayed({ allowForeignDomains: true });
  const [refused] = calls(s, BERT, `sip:x@${ELSEWHERE}`, BERTS);
  assert.equal(refused.status, 403);
  assert.deepEqual(s.heard(`${ELSEWHERE}:5060`), []);
});

for (const [name, at, from, allowed] of [
  ["a phone, which the phone system judges", BERT, BERTS, true],
  ["a trunk, which nobody else does", CARRIER, "sip:+33612345678@carrier.example", false],
] as const) {
  test(`relay: REFER abroad within a call by ${name}: ${allowed ? "passed on" : "403"}`, () => {
    const s = relayed();
    calls(s, at, `sip:201@${DOMAIN}`, from);
    const [invite] = s.heard(PBX);
    const headers = `Contact: <sip:201@${PBX}>\r\n${routesOf(invite)
      .map((r) => `Record-Route: ${r}\r\n`)
      .join("")}`;
    s.receive(PBX, reply(invite, 200, { toTag: "p", headers }));
    const [answer] = s.heard(at);
    const to = `<sip:201@${DOMAIN}>;tag=p`;
    const lines = [
      ...routesOf(answer)
        .reverse()
        .map((r) => `Route: ${r}`),
      `Refer-To: <${ABROAD}>`,
    ];
    const uri = `sip:201@${EDGE}`;
    s.receive(
      at,
      requestText({ method: "REFER", uri, at, from: `<${from}>;tag=c`, to, callId: "call", cseq: 2, lines }),
    );
    assert.deepEqual(
      s.heard(PBX).map((m) => m.method),
      allowed ? ["REFER"] : [],
    );
    assert.deepEqual(
      s.heard(at).map((m) => m.status),
      allowed ? [] : [403],
    );
  });
}

function routesOf(m: Message): string[] {
  const values = m.all(H.recordRoute);
  assert.ok(Array.isArray(values));
  return values.map(({ start, end }) => m.text.slice(start, end));
}

test("RFC 3325: a carrier says who calls, and is believed; nothing is asserted in its name", () => {
  const said = ["P-Asserted-Identity: <sip:+33612345678@carrier.example>", "Privacy: id"];
  for (const [uri, to] of [
    [`sip:201@${DOMAIN}`, PBX],
    [BERTS, BERT],
  ]) {
    const s = scene();
    calls(s, CARRIER, uri, "sip:anonymous@anonymous.invalid", said);
    const [got] = s.heard(to);
    for (const line of said) assert.ok(got.text.includes(`\r\n${line}\r\n`), `${line} to ${uri}`);
    assert.equal(got.text.split("P-Asserted-Identity").length, 2);
  }
});

test('local_calls = "pbx": who may call no number still calls users, by way of the phone system', () => {
  const rights = [{ aor: `anna@${DOMAIN}`, classes: [], acl: [], pin: "" }];
  const none = (): Scene => scene({}, { localCalls: "pbx", rights });
  assert.equal(annaAsks(none(), BERTS, PBX), 0);
  assert.equal(annaAsks(none(), `sip:201@${DOMAIN}`, PBX), 403);
});
