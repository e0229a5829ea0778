/** One user, three phones: RFC 3261 16.6, 16.7, 16.10 and 9 on real sockets. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Policy, Softphone } from "../src/demo/index.ts";
import { type Edge, startEdge } from "./support/edge.ts";
import { until } from "./support/until.ts";

interface Fork {
  readonly edge: Edge;
  readonly anna: Softphone;
  readonly phones: readonly Softphone[];
}

/** Anna, and Bert at three phones; the second one has TCP. */
async function fork(t: TestContext, policies: readonly Policy[], q: readonly string[] = ["", "", ""]): Promise<Fork> {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const anna = await edge.phone("anna");
  const phones = await Promise.all([
    edge.phone("bert", { name: "bert-1", policy: policies[0] }),
    edge.phone("bert", { name: "bert-2", policy: policies[1], edge: edge.tcp4, transport: "tcp" }),
    edge.phone("bert", { name: "bert-3", policy: policies[2] }),
  ]);
  await anna.register();
  for (const [i, phone] of phones.entries()) assert.equal((await phone.register(600, "", q[i])).status, 200);
  return { edge, anna, phones };
}

const rang = (phones: readonly Softphone[]): boolean => phones.every((p) => p.calls.length === 1);

test("all three ring; one answers, the other two are cancelled", async (t) => {
  const { anna, phones } = await fork(t, ["ring", "ring", "ring"]);
  const call = anna.call("sip:bert@pbx.example.org");
  await until("all phones ring", () => rang(phones));
  phones[1].calls[0].answer();
  assert.equal((await call.final).status, 200);
  await until("the losers are cancelled", () => [0, 2].every((i) => phones[i].calls[0].state === "cancelled"));
  assert.equal(call.others, 0);
  await phones[1].calls[0].confirmed;
  assert.equal((await call.request("BYE")).status, 200);
  assert.equal(phones[1].calls[0].state, "ended");
});

test("two answer at once: both answers reach the caller, who hangs one up", async (t) => {
  const { anna, phones } = await fork(t, ["answer", "answer", "ring"]);
  const call = anna.call("sip:bert@pbx.example.org");
  await call.final;
  await until("the ringing phone is cancelled", () => phones[2].calls[0]?.state === "cancelled");
  const answered = phones.slice(0, 2).filter((p) => p.calls[0].dialog !== undefined).length;
  // The second may have been cancelled before it answered; if it answered, it must be hung up and not forgotten.
  await until("every further answer is hung up", () => call.others === answered - 1);
  await until(
    "one call remains",
    () => phones.filter((p) => p.calls[0].dialog !== undefined && p.calls[0].state !== "ended").length === 1,
  );
});

test("the caller gives up: every phone stops ringing, and the caller hears 487", async (t) => {
  const { anna, phones } = await fork(t, ["ring", "ring", "ring"]);
  const call = anna.call("sip:bert@pbx.example.org");
  await until("all phones ring", () => rang(phones));
  await call.ringing;
  assert.equal((await call.cancel()).status, 200);
  assert.equal((await call.final).status, 487);
  await until("nobody rings", () => phones.every((p) => p.calls[0].state === "cancelled"));
});

test("all refuse: the best refusal is forwarded, once", async (t) => {
  const { anna, phones } = await fork(t, [486, 404, 480]);
  const call = anna.call("sip:bert@pbx.example.org");
  const final = await call.final;
  // RFC 3261 16.7 6: any of the lowest class.
  assert.ok([486, 404, 480].includes(final.status), `${final.status}`);
  assert.ok(rang(phones));
  const finals = anna.wire.received.filter((m) => m.status >= 200 && m.method === "INVITE" && m.status !== 407);
  assert.equal(finals.length, 1);
});

test("a 6xx ends the search: the others are cancelled", async (t) => {
  const { anna, phones } = await fork(t, [603, "ring", "ring"]);
  const call = anna.call("sip:bert@pbx.example.org");
  assert.equal((await call.final).status, 603);
  await until("the others are cancelled", () => [1, 2].every((i) => phones[i].calls[0]?.state === "cancelled"));
});

test("a lower q waits until the higher ones have failed", async (t) => {
  const { anna, phones } = await fork(t, [486, "ring", "ring"], ["1.0", "0.5", "0.5"]);
  const call = anna.call("sip:bert@pbx.example.org");
  await until("the lower two ring", () => phones[1].calls.length === 1 && phones[2].calls.length === 1);
  assert.equal(phones[0].calls[0].state, "refused");
  phones[2].calls[0].answer();
  assert.equal((await call.final).status, 200);
  await until("the loser is cancelled", () => phones[1].calls[0].state === "cancelled");
});
