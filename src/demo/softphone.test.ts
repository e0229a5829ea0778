import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { H } from "../sip/index.ts";
import type { Fate } from "./link.ts";
import { openPhone, type PhoneOptions, type Softphone } from "./softphone.ts";

/** Two phones, each the other's only correspondent: a socket between them passes everything on. */
async function pair(
  t: TestContext,
  a: Partial<PhoneOptions> = {},
  b: Partial<PhoneOptions> = {},
): Promise<[Softphone, Softphone]> {
  const hub: Socket = createSocket("udp4");
  hub.bind(0, "127.0.0.1");
  await once(hub, "listening");
  const edge = { host: "127.0.0.1", port: hub.address().port };
  const common = { domain: "example.org", password: "secret", edge, t1: 40 };
  const anna = await openPhone({ ...common, name: "anna", user: "anna", ...a });
  const bert = await openPhone({ ...common, name: "bert", user: "bert", ...b });
  const ports = [anna.wire.local.port, bert.wire.local.port];
  hub.on("message", (bytes, from) => hub.send(bytes, from.port === ports[0] ? ports[1] : ports[0], "127.0.0.1"));
  t.after(async () => {
    await Promise.all([anna.close(), bert.close()]);
    hub.close();
  });
  return [anna, bert];
}

/** Loses the first message that begins so, in that direction. */
function loseFirst(start: string, way: "out" | "in"): Fate {
  let left = 1;
  return (text, w) => (w === way && text.startsWith(start) && left-- > 0 ? 0 : 1);
}

const count = (phone: Softphone, method: string): number =>
  phone.wire.sent.filter((m) => m.isRequest && m.method === method).length;

test("a call is offered, rings, is answered, confirmed and ended by the callee", async (t) => {
  const [anna, bert] = await pair(t);
  const call = anna.call("sip:bert@example.org");
  assert.equal((await call.ringing).status, 180);
  assert.equal((await call.final).status, 200);
  await bert.calls[0].confirmed;
  assert.equal((await bert.calls[0].request("BYE")).status, 200);
  assert.equal(call.over, true);
  assert.equal(bert.calls[0].dialog?.target, anna.contact);
});

test("the caller ends it too", async (t) => {
  const [anna, bert] = await pair(t);
  const call = anna.call("sip:bert@example.org");
  await call.final;
  assert.equal((await call.request("BYE")).status, 200);
  assert.equal(bert.calls[0].state, "ended");
});

test("a refusal is acknowledged in its own transaction, and no longer repeated then", async (t) => {
  const [anna, bert] = await pair(t, {}, { policy: 486 });
  assert.equal((await anna.call("sip:bert@example.org").final).status, 486);
  const invite = bert.calls[0].invite;
  assert.equal(anna.wire.sent.at(-1)?.method, "ACK");
  assert.equal(anna.wire.sent.at(-1)?.need(H.via).branch, invite.need(H.via).branch);
});

test("CANCEL ends the ringing: 200 to it, 487 to the INVITE", async (t) => {
  const [anna, bert] = await pair(t, {}, { policy: "ring" });
  const call = anna.call("sip:bert@example.org");
  await call.ringing;
  assert.equal((await call.cancel()).status, 200);
  assert.equal((await call.final).status, 487);
  assert.equal(bert.calls[0].state, "cancelled");
});

test("a lost INVITE is sent again", async (t) => {
  const [anna] = await pair(t, { fate: loseFirst("INVITE", "out") });
  assert.equal((await anna.call("sip:bert@example.org").final).status, 200);
  assert.equal(count(anna, "INVITE"), 2);
});

test("a lost 200 is repeated until the ACK comes, and each copy is acknowledged", async (t) => {
  const [anna, bert] = await pair(t, { fate: loseFirst("ACK", "out") });
  await anna.call("sip:bert@example.org").final;
  await bert.calls[0].confirmed;
  assert.equal(count(anna, "ACK"), 2);
});

test("a doubled INVITE is one call", async (t) => {
  const [anna, bert] = await pair(t, { fate: (text, way) => (way === "out" && text.startsWith("INVITE") ? 2 : 1) });
  await anna.call("sip:bert@example.org").final;
  await bert.calls[0].confirmed;
  assert.equal(bert.calls.length, 1);
});

test("what nobody answers fails after 64 T1", async (t) => {
  const [anna] = await pair(t, { t1: 4, fate: () => 0 });
  await assert.rejects(anna.request("OPTIONS", "sip:bert@example.org"), /no answer to OPTIONS/);
  assert.ok(count(anna, "OPTIONS") >= 6);
});

test("MESSAGE and OPTIONS are answered 200", async (t) => {
  const [anna] = await pair(t);
  assert.equal((await anna.request("MESSAGE", "sip:bert@example.org", "hello")).status, 200);
  assert.equal((await anna.request("OPTIONS", "sip:bert@example.org")).status, 200);
});
