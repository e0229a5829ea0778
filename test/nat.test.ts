/** Phones behind NATs: reached where they came from, whatever their Contact claims. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Softphone } from "../src/demo/index.ts";
import { H } from "../src/sip/index.ts";
import { startEdge } from "./support/edge.ts";
import { openRelay, type Relay } from "./support/relay.ts";

const ANNA = "sip:anna@192.168.1.10:5060";
const BERT = "sip:bert@192.168.1.10:5060";

/** Two homes, and both phones have the same private address. */
async function homes(t: TestContext): Promise<{ anna: Softphone; bert: Softphone; relays: readonly Relay[] }> {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const relays = [await openRelay(t, edge.udp4), await openRelay(t, edge.udp4)];
  const anna = await edge.phone("anna", { edge: relays[0].address, contact: ANNA });
  const bert = await edge.phone("bert", { edge: relays[1].address, contact: BERT });
  assert.equal((await anna.register()).status, 200);
  assert.equal((await bert.register()).status, 200);
  return { anna, bert, relays };
}

test("the registrar keeps the Contact as it is, and says where the phone was seen", async (t) => {
  const { anna, relays } = await homes(t);
  const ok = await anna.register();
  const contact = ok.need(H.contact);
  assert.equal(contact === "*" ? "" : contact.uri.text, ANNA);
  const via = ok.need(H.via);
  // RFC 3581 4: rport is filled in, received is there with it.
  assert.equal(via.rport, relays[0].outside(anna.wire.local.port)?.port);
  assert.equal(via.received, "127.0.0.1");
});

for (const ends of ["caller", "callee"] as const) {
  test(`both behind NATs: they talk, and the ${ends} hangs up`, async (t) => {
    const { anna, bert } = await homes(t);
    const call = anna.call(bert.aor);
    assert.equal((await call.final).status, 200);
    await bert.calls[0].confirmed;
    // The dialog's targets are the private addresses: without our route nobody would arrive there.
    assert.equal(call.dialog?.target, BERT);
    assert.equal(bert.calls[0].dialog?.target, ANNA);
    const bye = await (ends === "caller" ? call.request("BYE") : bert.calls[0].request("BYE"));
    assert.equal(bye.status, 200);
    assert.equal(ends === "caller" ? bert.calls[0].state === "ended" : call.over, true);
  });
}

test("a TCP phone with a private Contact is reached over its own connection", async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const anna = await edge.phone("anna");
  const bert = await edge.phone("bert", { edge: edge.tcp4, transport: "tcp", contact: `${BERT};transport=tcp` });
  await Promise.all([anna.register(), bert.register()]);
  const call = anna.call(bert.aor);
  assert.equal((await call.final).status, 200);
  await bert.calls[0].confirmed;
  assert.equal((await call.request("BYE")).status, 200);
  assert.equal(
    (await bert.calls[0].request("BYE")).status,
    200,
    "a callee that hangs up late is answered by the caller",
  );
});

test("a phone that moved registers anew and is reached at the new place only", async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const first = await openRelay(t, edge.udp4);
  const second = await openRelay(t, edge.udp4);
  const anna = await edge.phone("anna");
  const old = await edge.phone("bert", { name: "old", edge: first.address, contact: BERT });
  const moved = await edge.phone("bert", { name: "moved", edge: second.address, contact: BERT });
  await anna.register();
  await old.register();
  await moved.register();
  const call = anna.call("sip:bert@pbx.example.org");
  assert.equal((await call.final).status, 200);
  assert.equal(moved.calls.length, 1);
  assert.equal(old.calls.length, 0);
});
