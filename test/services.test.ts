/** What the edge does besides calls: registrations as RFC 3261 10.3 has them, OPTIONS, MESSAGE, and large or odd requests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PhoneOptions, Softphone } from "../src/demo/index.ts";
import { H, type Message } from "../src/sip/index.ts";
import { callProgram } from "./support/child.ts";
import { DOMAIN, type Edge, scratch, startEdge } from "./support/edge.ts";
import { openRaw, rawRequest, statusOf } from "./support/raw.ts";
import { sharedEdge } from "./support/shared-edge.ts";

const PAIRS = 16;
const names = (first: string): string[] => Array.from({ length: PAIRS }, (_, i) => `${first}-${i}`);
const theEdge = sharedEdge({ users: [...names("anna"), ...names("bert")] });
let pairs = 0;

/** Two users whom no other test has. */
async function pair(): Promise<{
  edge: Edge;
  anna: Softphone;
  bert: Softphone;
  second(more: Partial<PhoneOptions>): Promise<Softphone>;
}> {
  const edge = await theEdge();
  const n = pairs++;
  const anna = await edge.phone(`anna-${n}`);
  const bert = await edge.phone(`bert-${n}`);
  assert.equal((await anna.register()).status, 200);
  assert.equal((await bert.register()).status, 200);
  return { edge, anna, bert, second: (more) => edge.phone(`bert-${n}`, more) };
}

/** URIs of all Contacts, sorted. */
function contacts(m: Message): string[] {
  const all = m.has(H.contact) ? m.all(H.contact) : [];
  return Array.isArray(all) ? all.map((c) => (c === "*" ? "*" : c.uri.text)).sort() : [];
}

test("RFC 3261 10.2.3: a REGISTER without Contact tells all bindings and changes none", async () => {
  const { edge, bert, second: another } = await pair();
  const second = await another({ edge: edge.tcp4, transport: "tcp" });
  await second.register();
  for (let i = 0; i < 2; i++) {
    const told = await bert.fetch();
    assert.equal(told.status, 200);
    assert.deepEqual(contacts(told), [bert.contact, second.contact].sort());
  }
});

test("RFC 3261 10.2.2: a phone that unregisters is not called any more", async () => {
  const { anna, bert } = await pair();
  assert.equal((await bert.unregister()).status, 200);
  assert.equal((await anna.call(bert.aor).final).status, 480);
  assert.equal(bert.calls.length, 0);
});

test("RFC 3261 10.3: too brief is 423 with Min-Expires, too long is cut", async () => {
  const { bert } = await pair();
  const brief = await bert.register(5);
  assert.equal(brief.status, 423);
  assert.equal(brief.need(H.minExpires), 60);
  const long = await bert.register(1_000_000);
  assert.equal(long.status, 200);
  assert.match(long.text, /;expires=3600\r\n/);
});

test("registrations list tells people how long each lasts, as the daemon counts it", async (t) => {
  const folder = scratch(t);
  const edge = await startEdge(t, { users: ["anna"] }, folder);
  const anna = await edge.phone("anna");
  assert.equal((await anna.register(600)).status, 200);
  const { code, out } = await callProgram(["registrations", "list", "--config", `${folder}/rempart.toml`]);
  assert.equal(code, 0);
  // A minute of grace for a machine that was asleep in between.
  assert.match(out, /^anna@pbx\.example\.org .* (10 min 0|9 min \d+) s\b/m);
});

test("a dropped registration is gone at once", async () => {
  const { edge, anna, bert } = await pair();
  await edge.command("registrations.drop", { aor: bert.aor.replace("sip:", "") });
  assert.equal((await anna.call(bert.aor).final).status, 480);
});

test("MESSAGE reaches the other user, and its answer comes back", async () => {
  const { anna, bert } = await pair();
  assert.equal((await anna.request("MESSAGE", bert.aor, "are you there? \xe4\xf6")).status, 200);
  const got = bert.wire.received.at(-1);
  assert.equal(got?.method, "MESSAGE");
  assert.equal(got?.text.slice(got.bodyStart), "are you there? \xe4\xf6");
});

test("a method that nobody knows is relayed like any other (RFC 3261 16)", async () => {
  const { anna, bert } = await pair();
  assert.equal((await anna.request("FROBNICATE", bert.aor)).status, 200);
});

test("OPTIONS to the edge is answered by it, to a user by the phone", async () => {
  const { anna, bert } = await pair();
  const own = await anna.request("OPTIONS", `sip:${DOMAIN}`);
  assert.equal(own.status, 200);
  assert.match(own.text, /\r\nAllow: .*INVITE/);
  assert.equal((await anna.request("OPTIONS", bert.aor)).status, 200);
  assert.equal(bert.wire.received.at(-1)?.method, "OPTIONS");
});

test("unknown headers and a body with NUL and high bytes travel byte for byte", async () => {
  const { anna, bert } = await pair();
  const body = `${String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))}\r\n\r\n`;
  const odd = `X-Odd:   a,b ; "c\\"d"\t;\xff\r\nx-ODD: again\r\n`;
  assert.equal((await anna.request("MESSAGE", bert.aor, body, odd)).status, 200);
  const got = bert.wire.received.at(-1);
  assert.equal(got?.text.slice(got.bodyStart), body);
  assert.ok(got?.text.includes(`\r\n${odd}`));
});

for (const size of [1_250, 8_000, 40_000]) {
  test(`a MESSAGE of ${size} bytes arrives whole, over UDP and over TCP`, async () => {
    const { edge, anna, bert, second } = await pair();
    const dora = await second({ name: "dora", edge: edge.tcp4, transport: "tcp" });
    const body = "x".repeat(size);
    assert.equal((await anna.request("MESSAGE", bert.aor, body)).status, 200);
    assert.equal(bert.wire.received.at(-1)?.text.endsWith(`\r\n\r\n${body}`), true);
    await bert.unregister();
    assert.equal((await dora.register()).status, 200);
    assert.equal((await anna.request("MESSAGE", bert.aor, body)).status, 200);
    assert.equal(dora.wire.received.at(-1)?.text.endsWith(`\r\n\r\n${body}`), true);
  });
}

test("a CANCEL for no call is 481, a stray ACK is silence", async (t) => {
  const { edge, bert } = await pair();
  const raw = await openRaw(t, edge.udp4);
  const lines = ["From: <sip:m@elsewhere.example>;tag=1", `To: <${bert.aor}>`];
  raw.send(rawRequest("ACK", bert.aor, raw.at, lines));
  raw.send(rawRequest("CANCEL", bert.aor, raw.at, lines));
  assert.equal(statusOf(await raw.next()), 481);
  assert.equal(raw.received.length, 1);
});

test("Max-Forwards ends a way round: 483, and it counts down", async (t) => {
  const { edge, bert } = await pair();
  const raw = await openRaw(t, edge.udp4);
  const lines = ["From: <sip:m@elsewhere.example>;tag=1", `To: <${bert.aor}>`, `Contact: <sip:m@${raw.at}>`];
  raw.send(rawRequest("MESSAGE", bert.aor, raw.at, lines).replace("Max-Forwards: 70", "Max-Forwards: 0"));
  assert.equal(statusOf(await raw.next()), 483);
  raw.send(rawRequest("MESSAGE", bert.aor, raw.at, lines).replace("Max-Forwards: 70", "Max-Forwards: 1"));
  assert.equal(statusOf(await raw.next()), 200);
  assert.equal(bert.wire.received.at(-1)?.need(H.maxForwards), 0);
});

test("a contact that leads back to the edge ends in 482 or 483, not in a storm", async () => {
  const { edge, anna, bert, second } = await pair();
  type Counters = { packets: number; bugs: number };
  const counters = async () => ((await edge.command("status")) as { counters: Counters }).counters;
  const before = await counters();
  const self = `127.0.0.1:${edge.udp4.port}`;
  const twisted = await second({ name: "twisted", contact: bert.aor.replace(DOMAIN, self) });
  assert.equal((await twisted.register()).status, 200);
  const final = await anna.call(bert.aor).final;
  // Its other phone answers; the branch that came back to us must end by itself.
  assert.ok([200, 482, 483].includes(final.status), `${final.status}`);
  const { packets, bugs } = await counters();
  assert.ok(packets - before.packets < 200, `${packets - before.packets} packets`);
  assert.equal(bugs, 0);
});
