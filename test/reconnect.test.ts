/** A phone on TCP that changes its network in the middle of a call: it connects and registers again, and the call goes on. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Softphone } from "../src/demo/index.ts";
import { startEdge } from "./support/edge.ts";
import { openStreamRelay, type StreamRelay } from "./support/stream-relay.ts";
import { until } from "./support/until.ts";

interface Standing {
  readonly relay: StreamRelay;
  readonly anna: Softphone;
  readonly bert: Softphone;
  readonly call: ReturnType<Softphone["call"]>;
  readonly incoming: Softphone["calls"][number];
}

/** Anna on UDP has called Bert on TCP. */
async function talking(t: TestContext): Promise<Standing> {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const relay = await openStreamRelay(t, edge.tcp4);
  const anna = await edge.phone("anna");
  const bert = await edge.phone("bert", { edge: relay.address, transport: "tcp" });
  for (const phone of [anna, bert]) assert.equal((await phone.register()).status, 200);
  const call = anna.call(bert.aor);
  assert.equal((await call.final).status, 200);
  await bert.calls[0].confirmed;
  return { anna, relay, bert, call, incoming: bert.calls[0] };
}

for (const how of ["closed", "silent"] as const) {
  test(`its old connection is ${how}: what the other end says reaches it by the new one`, async (t) => {
    const { anna, bert, call, relay, incoming } = await talking(t);
    relay.move(how);
    assert.equal((await bert.register()).status, 200);
    assert.equal((await call.request("UPDATE")).status, 200);
    const before = bert.wire.received.length;
    assert.equal((await call.request("INVITE", `Contact: <${anna.contact}>\r\n`)).status, 200);
    assert.ok(bert.wire.received.slice(before).some((m) => m.method === "INVITE" && m.isRequest));
    assert.equal((await call.request("BYE")).status, 200);
    assert.equal(incoming.state, "ended");
  });

  test(`its old connection is ${how}: it hangs up by the new one`, async (t) => {
    const { call, bert, relay, incoming } = await talking(t);
    relay.move(how);
    assert.equal((await bert.register()).status, 200);
    assert.equal((await incoming.request("BYE")).status, 200);
    await until("the other end knows", () => call.over);
  });
}
