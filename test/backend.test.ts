/** One static backend: the next hop of callers with a password, for what is no local user. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openPhone, type Softphone } from "../src/demo/index.ts";
import { H } from "../src/sip/index.ts";
import { DOMAIN, type Edge, listener, startEdge } from "./support/edge.ts";
import { until } from "./support/until.ts";

const NUMBER = `sip:0612345678@${DOMAIN}`;

/** A phone in the place of the PBX: it is there first, since the configuration names its port. */
async function withBackend(
  t: TestContext,
  register = "edge",
): Promise<{ edge: Edge; pbx: Softphone; anna: Softphone }> {
  const towards = { host: "127.0.0.1", port: 9 };
  const pbx = await openPhone({ name: "pbx", user: "pbx", domain: DOMAIN, password: "", edge: towards, t1: 100 });
  t.after(() => pbx.close());
  const backend = `[[backend]]\nname = "pbx"\nuri = "sip:${pbx.wire.sentBy}"\n[front]\nregister = "${register}"\n`;
  const edge = await startEdge(t, {
    users: ["anna", "bert"],
    listen: listener("udp", "127.0.0.1:0") + listener("tcp", "127.0.0.1:0") + backend,
  });
  towards.port = edge.inside.port;
  const anna = await edge.phone("anna");
  assert.equal((await anna.register()).status, 200);
  return { edge, pbx, anna };
}

for (const ends of ["caller", "callee"] as const) {
  test(`an own user calls a number: the backend answers, the ${ends} hangs up`, async (t) => {
    const { pbx, anna } = await withBackend(t);
    const call = anna.call(NUMBER);
    assert.equal((await call.final).status, 200);
    const invite = pbx.calls[0].invite;
    assert.equal(invite.uri, `sip:0612345678@${pbx.wire.sentBy}`);
    assert.ok(!invite.has(H.proxyAuthorization), "her credentials are for us alone (RFC 3261 22.3)");
    await pbx.calls[0].confirmed;
    const bye = await (ends === "caller" ? call.request("BYE") : pbx.calls[0].request("BYE"));
    assert.equal(bye.status, 200);
  });
}

test("own users are still called directly", async (t) => {
  const { edge, pbx, anna } = await withBackend(t);
  const bert = await edge.phone("bert");
  await bert.register();
  assert.equal((await anna.call(bert.aor).final).status, 200);
  assert.equal(pbx.calls.length, 0);
});

test("a stranger does not reach the backend", async (t) => {
  const { edge, pbx } = await withBackend(t);
  const mallory = await edge.phone("mallory", { domain: "elsewhere.example" });
  assert.equal((await mallory.call(NUMBER).final).status, 404);
  const liar = await edge.phone("anna", { password: "guessed" });
  assert.equal((await liar.call(NUMBER).final).status, 407);
  assert.equal(pbx.calls.length, 0);
});

test("the backend calls own users without a password, and nobody else", async (t) => {
  const { pbx, anna } = await withBackend(t);
  const call = pbx.call(anna.aor);
  assert.equal((await call.final).status, 200);
  await anna.calls[0].confirmed;
  assert.equal((await anna.calls[0].request("BYE")).status, 200);
  assert.equal((await pbx.call(NUMBER).final).status, 404, "it would come round again");
  assert.equal((await pbx.call("sip:x@elsewhere.example").final).status, 403);
});

test("the backend's refusal reaches the caller", async (t) => {
  const { pbx, anna } = await withBackend(t);
  pbx.policy = 486;
  assert.equal((await anna.call(NUMBER).final).status, 486);
});

test("mirror: status says how many users their phone system knows", async (t) => {
  const { edge, pbx } = await withBackend(t, "mirror");
  const told = async () => ((await edge.command("status")) as { mirror: unknown }).mirror;
  await until("it was told", () => pbx.wire.received.some((m) => m.method === "REGISTER"));
  await until("it has said yes", async () => JSON.stringify(await told()).includes('"registered":1'));
  assert.deepEqual(await told(), { users: 1, registered: 1, refused: 0, last: "" });
  const edgeOnly = await withBackend(t);
  assert.equal(((await edgeOnly.edge.command("status")) as { mirror: unknown }).mirror, null);
});
