/** A 200 that is sent again after its transactions are forgotten goes where the INVITE came from, whatever the callee writes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startEdge } from "./support/edge.ts";
import { openRaw, rawRequest, statusOf } from "./support/raw.ts";

test("a repeated 200 reaches the caller again, and nobody whom a forged Via names", async (t) => {
  const edge = await startEdge(t, { users: ["bert"] });
  const stranger = await openRaw(t, edge.udp4);
  const elsewhere = await openRaw(t, edge.udp4);
  const bert = await edge.phone("bert");
  assert.equal((await bert.register()).status, 200);
  const headers = ["From: <sip:x@example.net>;tag=1", `To: <${bert.aor}>`, `Contact: <sip:x@${stranger.at}>`];
  stranger.send(rawRequest("INVITE", bert.aor, stranger.at, headers));
  let answer = await stranger.next();
  while (answer !== undefined && statusOf(answer) < 200) answer = await stranger.next();
  assert.equal(statusOf(answer), 200);

  const sent = bert.wire.sent.findLast((m) => m.text.startsWith("SIP/2.0 200"))?.text ?? "";
  const vias = sent.match(/^Via: .*$/gm) ?? [];
  assert.equal(vias.length, 2);
  for (const forged of [
    vias[1].replace(stranger.at, elsewhere.at).replaceAll(`=${stranger.port}`, `=${elsewhere.port}`),
    "Via: SIP/2.0/UDP nowhere.example.net;branch=z9hG4bK1",
    vias[1],
  ]) {
    bert.wire.send(sent.replace(vias[1], forged));
    assert.equal(statusOf(await stranger.next()), 200);
  }
  assert.equal(elsewhere.received.length, 0);
  const status = (await edge.command("status")) as { counters: { bugs: number } };
  assert.equal(status.counters.bugs, 0);
});
