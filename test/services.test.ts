/** What the edge does besides calls: registrations as RFC 3261 10.3 has them, OPTIONS, MESSAGE, and large or odd requests. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Softphone } from "../src/demo/index.ts";
import { H, type Message } from "../src/sip/index.ts";
import { runProgram } from "./support/child.ts";
import { DOMAIN, type Edge, scratch, startEdge } from "./support/edge.ts";
import { openRaw, rawRequest, statusOf } from "./support/raw.ts";

async function pair(t: TestContext): Promise<{ edge: Edge; anna: Softphone; bert: Softphone }> {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const anna = await edge.phone("anna");
  const bert = await edge.phone("bert");
  assert.equal((await anna.register()).status, 200);
  assert.equal((await bert.register()).status, 200);
  return { edge, anna, bert };
}

/** URIs of all Contacts, sorted. */
function contacts(m: Message): string[] {
  const all = m.has(H.contact) ? m.all(H.contact) : [];
  return Array.isArray(all) ? all.map((c) => (c === "*" ? "*" : c.uri.text)).sort() : [];
}

test("RFC 3261 10.2.3: a REGISTER without Contact tells all bindings and changes none", async (t) => {
  const { edge, bert } = await pair(t);
  const second = await edge.phone("bert", { edge: edge.tcp4, transport: "tcp" });
  await second.register();
  for (let i = 0; i < 2; i++) {
    const told = await bert.fetch();
    assert.equal(told.status, 200);
    assert.deepEqual(contacts(told), [bert.contact, second.contact].sort());
  }
});

test("RFC 3261 10.2.2: a phone that unregisters is not called any more", async (t) => {
  const { anna, bert } = await pair(t);
  assert.equal((await bert.unregister()).status, 200);
  assert.equal((await anna.call(bert.aor).final).status, 480);
  assert.equal(bert.calls.length, 0);
});

test("RFC 3261 10.3: too brief is 423 with Min-Expires, too long is cut", async (t) => {
  const { bert } = await pair(t);
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
  const { code, out } = await runProgram(["registrations", "list", "--config", `${folder}/rempart.toml`]);
  assert.equal(code, 0);
  // A minute of grace for a machine that was asleep in between.
  assert.match(out, /^anna@pbx\.example\.org .* (10 min 0|9 min \d+) s\b/m);
});

test("a dropped registration is gone at once", async (t) => {
  const { edge, anna, bert } = await pair(t);
  await edge.command("registrations.drop", { aor: `bert@${DOMAIN}` });
  assert.equal((await anna.call(bert.aor).final).status, 480);
});

test("MESSAGE reaches the other user, and its answer comes back", async (t) => {
  const { anna, bert } = await pair(t);
  assert.equal((await anna.request("MESSAGE", bert.aor, "are you there? \xe4\xf6")).status, 200);
  const got = bert.wire.received.at(-1);
  assert.equal(got?.method, "MESSAGE");
  assert.equal(got?.text.slice(got.bodyStart), "are you there? \xe4\xf6");
});

test("a method that nobody knows is relayed like any other (RFC 3261 16)", async (t) => {
  const { anna, bert } = await pair(t);
  assert.equal((await anna.request("FROBNICATE", bert.aor)).status, 200);
});

test("OPTIONS to the edge is answered by it, to a user by the phone", async (t) => {
  const { anna, bert } = await pair(t);
  const own = await anna.request("OPTIONS", `sip:${DOMAIN}`);
  assert.equal(own.status, 200);
  assert.match(own.text, /\r\nAllow: .*INVITE/);
  assert.equal((await anna.request("OPTIONS", bert.aor)).status, 200);
  assert.equal(bert.wire.received.at(-1)?.method, "OPTIONS");
});

test("unknown headers and a body with NUL and high bytes travel byte for byte", async (t) => {
  const { anna, bert } = await pair(t);
  const body = `${String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))}\r\n\r\n`;
  const odd = `X-Odd:   a,b ; "c\\"d"\t;\xff\r\nx-ODD: again\r\n`;
  assert.equal((await anna.request("MESSAGE", bert.aor, body, odd)).status, 200);
  const got = bert.wire.received.at(-1);
  assert.equal(got?.text.slice(got.bodyStart), body);
  assert.ok(got?.text.includes(`\r\n${odd}`));
});

for (const size of [1_250, 8_000, 40_000]) {
  test(`a MESSAGE of ${size} bytes arrives whole, over UDP and over TCP`, async (t) => {
    const { edge, anna, bert } = await pair(t);
    const dora = await edge.phone("bert", { name: "dora", edge: edge.tcp4, transport: "tcp" });
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
  const { edge } = await pair(t);
  const raw = await openRaw(t, edge.udp4);
  const lines = ["From: <sip:m@elsewhere.example>;tag=1", `To: <sip:bert@${DOMAIN}>`];
  raw.send(rawRequest("ACK", `sip:bert@${DOMAIN}`, raw.at, lines));
  raw.send(rawRequest("CANCEL", `sip:bert@${DOMAIN}`, raw.at, lines));
  assert.equal(statusOf(await raw.next()), 481);
  assert.equal(raw.received.length, 1);
});

test("Max-Forwards ends a way round: 483, and it counts down", async (t) => {
  const { edge, bert } = await pair(t);
  const raw = await openRaw(t, edge.udp4);
  const lines = ["From: <sip:m@elsewhere.example>;tag=1", `To: <sip:bert@${DOMAIN}>`, `Contact: <sip:m@${raw.at}>`];
  raw.send(rawRequest("MESSAGE", `sip:bert@${DOMAIN}`, raw.at, lines).replace("Max-Forwards: 70", "Max-Forwards: 0"));
  assert.equal(statusOf(await raw.next()), 483);
  raw.send(rawRequest("MESSAGE", `sip:bert@${DOMAIN}`, raw.at, lines).replace("Max-Forwards: 70", "Max-Forwards: 1"));
  assert.equal(statusOf(await raw.next()), 200);
  assert.equal(bert.wire.received.at(-1)?.need(H.maxForwards), 0);
});

test("a contact that leads back to the edge ends in 482 or 483, not in a storm", async (t) => {
  const { edge, anna } = await pair(t);
  const self = `127.0.0.1:${edge.udp4.port}`;
  const twisted = await edge.phone("bert", { name: "twisted", contact: `sip:bert@${self}` });
  assert.equal((await twisted.register()).status, 200);
  const final = await anna.call(`sip:bert@${DOMAIN}`).final;
  // Its other phone answers; the branch that came back to us must end by itself.
  assert.ok([200, 482, 483].includes(final.status), `${final.status}`);
  const { counters } = (await edge.command("status")) as { counters: { packets: number; bugs: number } };
  assert.ok(counters.packets < 200, `${counters.packets} packets`);
  assert.equal(counters.bugs, 0);
});
