/** A phone on TCP that connects anew in the middle of a call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Flow, isFailure } from "../base/index.ts";
import { H, type Message, reply } from "../sip/index.ts";
import {
  credentials,
  DOMAIN,
  inviteText,
  newScene,
  requestText,
  type Scene,
  type SceneOptions,
} from "./host.fixture.ts";

const ANNA = "203.0.113.10:40001";
const OLD = "203.0.113.9:50000";
/** Another network. */
const NEW = "198.51.100.20:50001";
/** Somebody else behind the NAT of the old one. */
const NEIGHBOUR = "203.0.113.9:50777";
const PBX = "10.0.0.11:5060";
const CONTACT = "sip:bert@10.0.0.5:5060;transport=tcp";
const BERT = `sip:bert@${DOMAIN}`;

const scene = (more: Partial<SceneOptions> = {}): Scene =>
  newScene({ users: ["anna", "bert", "eve"], backends: [["pbx", PBX]], ...more });

let cseq = 0;

/** `user` is registered with `contact` over `flow`, and nowhere else. */
function bind(s: Scene, flow: Flow, { user = "bert", contact = CONTACT, path = [] as string[] } = {}): void {
  const aor = `${user}@${DOMAIN}`;
  for (const b of [...s.core.location.get(aor)]) s.core.location.remove(b);
  const [callId, params, instance, userAgent] = [`of ${user}`, "", "", ""];
  const times = { cseq: 1, expires: s.core.clock.wall() + 3_600_000, told: 0, q: 1000, regId: 0 };
  const received = `tcp:${flow.host}:${flow.port}`;
  s.core.location.add({
    aor,
    contact,
    params,
    callId,
    ...times,
    path,
    instance,
    userAgent,
    flow,
    received,
    listener: 0,
  });
}

/** One end's own view of a call that stands: how its requests look. */
interface End {
  readonly at: string;
  readonly uri: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly routes: readonly string[];
}

const routesOf = (m: Message): string[] => {
  const all = m.all(H.recordRoute);
  assert.ok(!isFailure(all));
  return all.map((v) => `Route: ${m.text.slice(v.start, v.end)}`);
};

/** Anna calls Bert, who answers with `contact`; what Anna needs for what follows. */
function annaCalls(s: Scene, contact = CONTACT, to = `<${BERT}>`): End {
  const from = "<sip:caller@elsewhere.example>;tag=caller";
  s.receive(ANNA, inviteText("bert", ANNA, "call", { from, to }));
  const [invite] = s.heard(OLD);
  const lines = routesOf(invite).map((r) => `Record-${r}\r\n`);
  s.receive(OLD, reply(invite, 200, { toTag: "b", headers: `Contact: <${contact}>\r\n${lines.join("")}` }));
  const [, answer] = s.heard(ANNA);
  assert.equal(answer.status, 200);
  return { at: ANNA, uri: contact, from, to: `${to};tag=b`, callId: "call", routes: routesOf(answer).reverse() };
}

/** Anna's next request in the call, and who of these got it. */
function says(s: Scene, end: End, method: string, more: Partial<End> = {}): string[] {
  const e = { ...end, ...more };
  s.receive(e.at, requestText({ ...e, method, cseq: ++cseq + 1, lines: e.routes }));
  return [OLD, NEW, NEIGHBOUR, ANNA].filter((at) => s.heard(at).some((m) => m.isRequest && m.method === method));
}

/** A call that stands, Bert on a connection. */
function talking(more: Partial<SceneOptions> = {}, transport: "tcp" | "tls" = "tcp"): { s: Scene; anna: End } {
  const s = scene(more);
  bind(s, s.connect(OLD, transport));
  return { s, anna: annaCalls(s) };
}

/** His connection is gone, and he registers over another one. */
function moves(s: Scene, as: Parameters<typeof bind>[2] = {}): void {
  s.close(OLD);
  bind(s, s.connect(NEW), as);
}

const CASES: [name: string, happens: (s: Scene) => void, reached: string[], more?: Partial<End>][] = [
  ["nothing happens", () => {}, [OLD]],
  ["the connection is gone, and no other has come", (s) => s.close(OLD), []],
  ["it is gone, and he has registered over another", (s) => moves(s), [NEW]],
  ["it looks alive, but he has registered over another", (s) => bind(s, s.connect(NEW)), [NEW]],
  ["he has unregistered and stays connected", (s) => s.core.location.drop(`bert@${DOMAIN}`), [OLD]],
  ["he is registered over both", bindAlso, [OLD]],
  ["another contact is registered now", (s) => moves(s, { contact: CONTACT.replace("10.0.0.5", "10.0.0.6") }), []],
  ["To names somebody else", (s) => moves(s, { user: "eve" }), [], { to: `<sip:eve@${DOMAIN}>;tag=b` }],
  ["the new way leads through another proxy", (s) => moves(s, { path: ["<sip:proxy.example>"] }), []],
  ["the new connection is gone too", goesAgain, []],
  ["the registration has expired", expires, []],
];

function goesAgain(s: Scene): void {
  moves(s);
  s.close(NEW);
}

/** Nobody has swept since. */
function expires(s: Scene): void {
  moves(s);
  const [b] = s.core.location.get(`bert@${DOMAIN}`);
  s.core.location.remove(b);
  s.core.location.add({ ...b, expires: s.core.clock.wall() });
}

function bindAlso(s: Scene): void {
  const [b] = s.core.location.get(`bert@${DOMAIN}`);
  s.core.location.add({ ...b, regId: 2, instance: "x", flow: s.connect(NEW) });
}

for (const [name, happens, reached, more] of CASES) {
  test(`in a call: ${name}`, () => {
    const { s, anna } = talking();
    happens(s);
    assert.deepEqual(says(s, anna, "BYE", more), reached);
  });
}

test("re-INVITE, its ACK and INFO find him too", () => {
  const { s, anna } = talking();
  s.close(OLD);
  bind(s, s.connect(NEW));
  for (const method of ["INVITE", "ACK", "INFO"]) assert.deepEqual(says(s, anna, method), [NEW], method);
});

test("a call over TLS does not go on in the open", () => {
  const { s, anna } = talking({}, "tls");
  s.close(OLD);
  bind(s, s.connect(NEW, "tcp"));
  assert.deepEqual(says(s, anna, "BYE"), []);
  bind(s, s.connect(NEW, "tls"));
  assert.deepEqual(says(s, anna, "BYE"), [NEW]);
});

test("without the call's token the contact alone leads nowhere", () => {
  const { s, anna } = talking();
  s.close(OLD);
  bind(s, s.connect(NEW));
  for (const more of [
    { routes: [] },
    { callId: "another" },
    { from: "<sip:x@elsewhere.example>;tag=x", to: `<${BERT}>;tag=y` },
  ])
    assert.deepEqual(says(s, anna, "BYE", more), []);
});

test("who named another user in To when he called does not reach that one later", () => {
  const s = scene();
  bind(s, s.connect(OLD));
  bind(s, s.connect(NEW), { user: "eve" });
  const anna = annaCalls(s, CONTACT, `<sip:eve@${DOMAIN}>`);
  s.close(OLD);
  assert.deepEqual(says(s, anna, "BYE"), []);
});

test("after a restart of ours the number of his connection may be a neighbour's", () => {
  const before = talking();
  const s = scene();
  s.connect(NEIGHBOUR, "tcp", 1);
  assert.deepEqual(says(s, before.anna, "BYE"), []);
  bind(s, s.connect(NEW, "tcp", 2));
  assert.deepEqual(says(s, before.anna, "BYE"), [NEW]);
});

/** What `PBX` sends within a call that `answer` or `invite` has told it the route of. */
function pbxSays(s: Scene, e: Omit<End, "at">): string[] {
  s.heard(PBX);
  return says(s, { ...e, at: PBX }, "BYE");
}

test("the caller moves: what the callee says finds him, and what he says finds the callee", () => {
  const s = scene();
  bind(s, s.connect(OLD));
  const uri = `sip:0612345678@${DOMAIN}`;
  const invite = { method: "INVITE", uri, at: OLD, from: `<${BERT}>;tag=caller`, to: `<${uri}>`, callId: "c" };
  s.receive(OLD, requestText(invite));
  const [challenge] = s.heard(OLD);
  s.receive(OLD, requestText({ ...invite, cseq: 2, lines: [credentials(challenge, "bert", uri)] }));
  const [got] = s.heard(PBX);
  const lines = routesOf(got).map((r) => `Record-${r}\r\n`);
  s.receive(PBX, reply(got, 200, { toTag: "p", headers: `Contact: <sip:612@${PBX}>\r\n${lines.join("")}` }));
  const answer = s.heard(OLD).find((m) => m.status === 200);
  assert.ok(answer);
  s.close(OLD);
  bind(s, s.connect(NEW));
  const ends = { from: `<${uri}>;tag=p`, to: invite.from, callId: "c" };
  assert.deepEqual(pbxSays(s, { ...ends, uri: CONTACT, routes: routesOf(got) }), [NEW]);
  const contact = answer.need(H.contact);
  assert.ok(contact !== "*");
  const his = { ...invite, to: ends.from, method: "BYE", uri: contact.uri.text, at: NEW, cseq: 3 };
  s.receive(NEW, requestText({ ...his, lines: routesOf(answer).reverse() }));
  const [bye] = s.heard(PBX);
  assert.deepEqual([bye.method, bye.uri], ["BYE", `sip:612@${PBX}`]);
});

const RELAYED: [name: string, contact: "rewrite" | "path", topology: "hide" | "show"][] = [
  ["by contacts of ours", "rewrite", "hide"],
  ["by contacts of ours, nothing hidden", "rewrite", "show"],
  ["by Path", "path", "hide"],
];
for (const [name, contact, topology] of RELAYED) {
  test(`the registrar behind us calls ${name}: what it says in the call finds the phone that moved`, () => {
    const s = scene({ register: "relay", contact, topology });
    const known = registers(s, s.connect(OLD));
    const route = contact === "path" ? [`Route: ${firstOf(known, H.path)}`] : [];
    const uri = firstOf(known, H.contact).slice(1, -1);
    const to = `<${uri}>`;
    s.receive(PBX, inviteText("bert", PBX, "in", { uri, to, lines: route }));
    const [invite] = s.heard(OLD);
    const lines = routesOf(invite).map((r) => `Record-${r}\r\n`);
    s.receive(OLD, reply(invite, 200, { toTag: "b", headers: `Contact: <${CONTACT}>\r\n${lines.join("")}` }));
    const answer = s.heard(PBX).find((m) => m.status === 200);
    assert.ok(answer);
    s.close(OLD);
    registers(s, s.connect(NEW));
    const from = "<sip:caller@elsewhere.example>;tag=caller";
    const routes = routesOf(answer).reverse();
    assert.deepEqual(pbxSays(s, { uri: CONTACT, from, to: `${to};tag=b`, callId: "in", routes }), [NEW]);
  });
}

/** Bert registers over `flow` at the PBX behind; the REGISTER as that got it. */
function registers(s: Scene, flow: Flow): Message {
  const at = `${flow.host}:${flow.port}`;
  const who = `<${BERT}>`;
  const o = { method: "REGISTER", uri: `sip:${DOMAIN}`, at, from: `${who};tag=r`, to: who, callId: "r", cseq: ++cseq };
  s.receive(at, requestText({ ...o, lines: ["Expires: 600"] }).replace(/^Contact: .*$/m, `Contact: <${CONTACT}>`));
  const [got] = s.heard(PBX);
  s.receive(PBX, reply(got, 200, { toTag: "p", headers: `Contact: ${firstOf(got, H.contact)};expires=300\r\n` }));
  assert.deepEqual(
    s.heard(at).map((m) => m.status),
    [200],
  );
  return got;
}

function firstOf(m: Message, h: typeof H.contact | typeof H.path): string {
  const all = m.all(h);
  assert.ok(!isFailure(all) && all[0] !== "*");
  return m.text.slice(all[0].start, all[0].end);
}
