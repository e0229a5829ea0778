/** Two users register and call each other through the daemon, over every pair of transports and families. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Softphone } from "../src/demo/index.ts";
import { H } from "../src/sip/index.ts";
import { type Edge, startEdge } from "./support/edge.ts";

type Way = "udp4" | "udp6" | "tcp4" | "tcp6";

const PAIRS: readonly (readonly [Way, Way])[] = [
  ["udp4", "udp4"],
  ["udp4", "tcp4"],
  ["tcp4", "udp4"],
  ["tcp4", "tcp4"],
  ["udp4", "udp6"],
  ["udp6", "udp4"],
  ["tcp6", "udp4"],
  ["udp6", "tcp6"],
];

function phoneBy(edge: Edge, user: string, way: Way): Promise<Softphone> {
  return edge.phone(user, { edge: edge[way], transport: way.startsWith("udp") ? "udp" : "tcp" });
}

for (const [from, to] of PAIRS) {
  test(`register, call, talk and hang up: ${from} calls ${to}`, async (t) => {
    const edge = await startEdge(t, { users: ["anna", "bert"] });
    const anna = await phoneBy(edge, "anna", from);
    const bert = await phoneBy(edge, "bert", to);
    assert.equal((await anna.register()).status, 200);
    assert.equal((await bert.register()).status, 200);

    const call = anna.call(bert.aor);
    assert.equal((await call.ringing).status, 180);
    const answer = await call.final;
    assert.equal(answer.status, 200);
    await bert.calls[0].confirmed;

    // The caller must not see the callee's Via, nor the callee a body that was touched.
    assert.equal([answer.all(H.via)].flat().length, 1);
    const invite = bert.calls[0].invite;
    assert.equal(invite.text.slice(invite.bodyStart), anna.wire.sent.at(-2)?.text.split("\r\n\r\n")[1]);
    assert.equal(invite.need(H.maxForwards), 69);

    // In the call, both ways: a request from either side, and the callee hangs up.
    assert.equal((await call.request("INFO")).status, 200);
    assert.equal((await bert.calls[0].request("BYE")).status, 200);
    assert.equal(call.over, true);
  });
}

test("the caller hangs up", async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const anna = await edge.phone("anna");
  const bert = await edge.phone("bert");
  await Promise.all([anna.register(), bert.register()]);
  const call = anna.call(bert.aor);
  await call.final;
  assert.equal((await call.request("BYE")).status, 200);
  assert.equal(bert.calls[0].state, "ended");
});
