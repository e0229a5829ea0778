import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { until } from "../../test/support/until.ts";
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

test("a re-INVITE of either end stays in its call, and each copy of its 200 is acknowledged", async (t) => {
  const lost = { left: 0 };
  // The ACK of the re-INVITE, not that of the call.
  const fate: Fate = (text, way) => (way === "out" && text.startsWith("ACK") && lost.left-- > 0 ? 0 : 1);
  const [anna, bert] = await pair(t, { fate }, { fate });
  const call = anna.call("sip:bert@example.org");
  await call.final;
  const [incoming] = bert.calls;
  await incoming.confirmed;
  const ways = [
    [anna, bert, call],
    [bert, anna, incoming],
  ] as const;
  for (const [from, to, end] of ways) {
    lost.left = 1;
    const offer = "v=0\r\ns=hold\r\n";
    const answer = await end.request("INVITE", "", offer);
    assert.equal(answer.status, 200);
    assert.match(answer.text, /\r\n\r\nv=0\r\n/, "with a session");
    const { number } = answer.need(H.cseq);
    const acks = (): number =>
      to.wire.received.filter((m) => m.method === "ACK" && m.need(H.cseq).number === number).length;
    await until("the second ACK is there", () => acks() > 0);
    const copies = from.wire.received.filter((m) => m.status === 200 && m.need(H.cseq).number === number);
    assert.ok(copies.length >= 2, "the ACK of the first was lost");
    assert.ok(to.wire.received.some((m) => m.method === "INVITE" && m.text.endsWith(offer)));
  }
  assert.equal(bert.calls.length, 1);
  assert.equal(anna.calls.length, 0);
  assert.equal((await incoming.request("BYE")).status, 200);
  assert.equal(call.over, true);
});

test("an UPDATE that offers a session is answered with one", async (t) => {
  const [anna, bert] = await pair(t);
  const call = anna.call("sip:bert@example.org");
  await call.final;
  const ended = async (body: string): Promise<boolean> =>
    (await call.request("UPDATE", `Contact: <${anna.contact}>\r\n`, body)).text.endsWith("\r\n\r\n");
  assert.deepEqual([await ended(""), await ended("v=0\r\n")], [true, false]);
  assert.equal(bert.calls.length, 1);
});

test("a re-INVITE for a call that is none is refused with 481", async (t) => {
  const [anna, bert] = await pair(t);
  const call = anna.call("sip:bert@example.org");
  await call.final;
  await bert.calls[0].confirmed;
  assert.ok(call.dialog !== undefined);
  Object.assign(call.dialog, { remote: `${call.dialog.remote}x` });
  assert.equal((await call.request("INVITE")).status, 481);
});

const doubled: Fate = (text, way) => (way === "out" && text.startsWith("SIP/2.0 183") ? 2 : 1);
for (const [headers, fate] of [
  ["Supported: 100rel\r\n", loseFirst("SIP/2.0 183", "out")],
  ["Require: 100rel\r\n", doubled],
  ["", doubled],
] as const) {
  test(`sound before the answer, ${headers.trim() || "no 100rel"}: repeated while it is reliable, and one PRACK names it`, async (t) => {
    const [anna, bert] = await pair(t, {}, { policy: "early", fate });
    const call = anna.call("sip:bert@example.org", headers);
    assert.equal((await call.ringing).status, 183);
    if (headers !== "") await until("it is acknowledged", () => count(anna, "PRACK") > 0);
    bert.calls[0].answer();
    const answer = await call.final;
    assert.equal(answer.status, 200);
    assert.equal(answer.text.endsWith("\r\n\r\n"), headers !== "", "a session goes out once");
    await bert.calls[0].confirmed;
    // One that is late may be sent again: that is the same request.
    const all = bert.wire.received.filter((m) => m.method === "PRACK" && m.isRequest);
    const pracks = [...new Map(all.map((m) => [m.need(H.via).branch, m])).values()];
    const invite = bert.calls[0].invite.need(H.cseq).number;
    assert.deepEqual(
      pracks.map((m) => m.get(H.rack)),
      headers === "" ? [] : [{ rseq: 1, cseq: invite, method: "INVITE" }],
    );
    assert.equal((await call.request("BYE")).need(H.cseq).number, invite + pracks.length + 1);
  });
}

test("a PRACK of what was not sent reliably is refused with 481", async (t) => {
  const [anna, bert] = await pair(t);
  const call = anna.call("sip:bert@example.org", "Supported: 100rel\r\n");
  await call.final;
  assert.equal((await call.request("PRACK", "RAck: 7 1 INVITE\r\n")).status, 481);
  assert.equal(bert.calls.length, 1);
});
