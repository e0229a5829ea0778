/** Lost and doubled datagrams: every message of a call is lost once, doubled, or lost by chance, and the call still works. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Softphone } from "../src/demo/index.ts";
import { type Edge, startEdge } from "./support/edge.ts";
import { openRelay, type RelayFate } from "./support/relay.ts";
import { until } from "./support/until.ts";

/** Anna and Bert behind one bad line each. */
async function badLines(
  t: TestContext,
  fate: RelayFate,
  t1 = 100,
): Promise<{ edge: Edge; anna: Softphone; bert: Softphone }> {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const relays = [await openRelay(t, edge.udp4, fate), await openRelay(t, edge.udp4, fate)];
  const anna = await edge.phone("anna", { edge: relays[0].address, t1 });
  const bert = await edge.phone("bert", { edge: relays[1].address, t1 });
  return { edge, anna, bert };
}

/** What a message is, apart from what changes between its copies (the nonce of a stateless challenge). */
function identity(text: string): string {
  const lines = text.split("\r\n");
  const find = (name: string): string => lines.find((l) => l.startsWith(name)) ?? "";
  return [lines[0], find("Via:"), find("CSeq:"), find("Call-ID:")].join("|");
}

async function wholeCall(anna: Softphone, bert: Softphone, hangUp: "caller" | "callee"): Promise<void> {
  const before = bert.calls.length;
  const call = anna.call(bert.aor);
  assert.equal((await call.final).status, 200);
  const incoming = bert.calls[before];
  await incoming.confirmed;
  const bye = await (hangUp === "caller" ? call.request("BYE") : incoming.request("BYE"));
  assert.equal(bye.status, 200);
  assert.equal(bert.calls.length, before + 1, "one call, however often its INVITE came");
}

for (const way of ["up", "down"] as const) {
  test(`every message is lost the first time on its way ${way}`, async (t) => {
    const seen = new Set<string>();
    const { anna, bert } = await badLines(t, (text, w) => {
      if (w !== way || seen.has(identity(text))) return 1;
      seen.add(identity(text));
      return 0;
    });
    assert.equal((await anna.register()).status, 200);
    assert.equal((await bert.register()).status, 200);
    await wholeCall(anna, bert, "caller");
    assert.ok(seen.size > 8, "messages were lost");
  });
}

test("every message arrives twice", async (t) => {
  const { edge, anna, bert } = await badLines(t, () => 2);
  assert.equal((await anna.register()).status, 200);
  assert.equal((await bert.register()).status, 200);
  await wholeCall(anna, bert, "callee");
  const list = (await edge.command("registrations.list", {})) as readonly unknown[] | { rows: unknown[] };
  assert.equal(Array.isArray(list) ? list.length : (list as { rows: unknown[] }).rows.length, 2);
});

test("a doubled CANCEL and a lost 487 leave nobody ringing", async (t) => {
  let lost = false;
  const { anna, bert } = await badLines(t, (text, way) => {
    if (text.startsWith("CANCEL")) return 2;
    if (way === "up" && text.startsWith("SIP/2.0 487") && !lost) {
      lost = true;
      return 0;
    }
    return 1;
  });
  await Promise.all([anna.register(), bert.register()]);
  bert.policy = "ring";
  const call = anna.call(bert.aor);
  await call.ringing;
  assert.equal((await call.cancel()).status, 200);
  assert.equal((await call.final).status, 487);
  assert.equal(bert.calls[0].state, "cancelled");
  await until("the 487 was repeated", () => lost && bert.wire.sent.filter((m) => m.status === 487).length > 1);
});

test("one datagram in seven lost by chance: eight calls at once all come about and end", async (t) => {
  // A fixed seed, and no message lost more than twice: bad luck may slow a call, never fail the test.
  let seed = 42;
  const losses = new Map<string, number>();
  const fate: RelayFate = (text) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const lost = losses.get(identity(text)) ?? 0;
    if (seed % 7_000 >= 1_000 || lost === 2) return 1;
    losses.set(identity(text), lost + 1);
    return 0;
  };
  const { anna, bert } = await badLines(t, fate, 500);
  assert.equal((await anna.register()).status, 200);
  assert.equal((await bert.register()).status, 200);
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const call = anna.call(bert.aor);
      const final = await call.final;
      const bye = await call.request("BYE");
      return [final.status, bye.status];
    }),
  );
  assert.deepEqual(outcomes, Array(8).fill([200, 200]));
  assert.ok(losses.size > 8, "messages were lost");
});
