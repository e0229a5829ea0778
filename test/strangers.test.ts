/** Rempart relays only for its own users or to its own users: what strangers try, and who must not hear of it. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Softphone } from "../src/demo/index.ts";
import { DOMAIN, type Edge, startEdge } from "./support/edge.ts";
import { openRaw, type RawUdp, rawRequest, statusOf } from "./support/raw.ts";
import { until } from "./support/until.ts";

const MARKER = "nothing was relayed before this";

/** A stranger, and somebody on the internet who must not be reached through us. */
async function scene(t: TestContext): Promise<{ edge: Edge; stranger: RawUdp; victim: RawUdp; anna: Softphone }> {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const stranger = await openRaw(t, edge.udp4);
  const victim = await openRaw(t, edge.udp4);
  const anna = await edge.phone("anna");
  assert.equal((await anna.register()).status, 200);
  return { edge, stranger, victim, anna };
}

const FROM = "From: <sip:mallory@elsewhere.example>;tag=1";

/** What the victim hears first must be what we tell it ourselves, after everything the edge could have sent. */
async function heardNothing(edge: Edge, stranger: RawUdp, victim: RawUdp): Promise<void> {
  stranger.send(rawRequest("OPTIONS", `sip:${DOMAIN}`, stranger.at, [FROM, `To: <sip:${DOMAIN}>`]));
  await until("the edge answers OPTIONS", () => stranger.received.some((r) => / OPTIONS\r\n/.test(r)));
  const friend = await openRawTo(victim, edge);
  friend(MARKER);
  assert.equal(await victim.next(), MARKER);
}

/** Sends to the victim from outside the edge. */
async function openRawTo(victim: RawUdp, edge: Edge): Promise<(text: string) => void> {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket("udp4");
  return (text) => socket.send(text, victim.port, edge.udp4.host, () => socket.close());
}

test("a stranger reaches a local user", async (t) => {
  const { edge, anna } = await scene(t);
  const mallory = await edge.phone("mallory", { domain: "elsewhere.example" });
  const call = mallory.call(anna.aor);
  assert.equal((await call.final).status, 200);
  await anna.calls[0].confirmed;
  assert.equal((await call.request("BYE")).status, 200);
});

test("a stranger is told what there is not: 404 no such user, 480 nobody registered", async (t) => {
  const { edge } = await scene(t);
  const mallory = await edge.phone("mallory", { domain: "elsewhere.example" });
  assert.equal((await mallory.call(`sip:nobody@${DOMAIN}`).final).status, 404);
  assert.equal((await mallory.call(`sip:bert@${DOMAIN}`).final).status, 480);
});

test("a stranger never reaches another domain, whatever the request", async (t) => {
  const { edge, stranger, victim } = await scene(t);
  for (const method of ["INVITE", "MESSAGE", "OPTIONS", "SUBSCRIBE", "REFER", "BYE", "FROBNICATE"]) {
    const uri = `sip:x@${victim.at}`;
    stranger.send(rawRequest(method, uri, stranger.at, [FROM, `To: <${uri}>`, `Contact: <sip:m@${stranger.at}>`]));
    let answer = await stranger.next();
    if (statusOf(answer) === 100) answer = await stranger.next();
    assert.equal(statusOf(answer), 403, `${method}: ${answer}`);
  }
  await heardNothing(edge, stranger, victim);
});

test("an own user reaches no foreign domain either", async (t) => {
  const { edge, stranger, victim, anna } = await scene(t);
  assert.equal((await anna.call(`sip:x@${victim.at}`).final).status, 403);
  await heardNothing(edge, stranger, victim);
});

test("Route headers do not turn us into a relay: not unknown ones, not forged tokens, not stolen ones", async (t) => {
  const { edge, stranger, victim, anna } = await scene(t);
  // A true token, of a true call.
  const bert = await edge.phone("bert");
  await bert.register();
  const call = anna.call(bert.aor);
  await call.final;
  const token = call.dialog?.routes[0] ?? "";
  assert.match(token, /^<sip:[\w-]+@127\.0\.0\.1:\d+;lr>$/);
  const self = `127.0.0.1:${edge.udp4.port}`;
  const routes = [
    `<sip:${victim.at};lr>`,
    `<sip:${self};lr>, <sip:${victim.at};lr>`,
    `<sip:forged@${self};lr>`,
    `<sip:forged@${self};lr>, <sip:${victim.at};lr>`,
    token,
    `${token}, <sip:${victim.at};lr>`,
    token.replace(/:(\w)/, (_, c: string) => `:${c === "A" ? "B" : "A"}`),
  ];
  for (const route of routes) {
    for (const method of ["BYE", "INFO", "INVITE", "ACK"]) {
      const lines = [FROM, `To: <sip:x@${victim.at}>;tag=2`, `Route: ${route}`, `Contact: <sip:m@${stranger.at}>`];
      stranger.send(rawRequest(method, `sip:x@${victim.at}`, stranger.at, lines));
      if (method === "ACK") continue;
      let answer = await stranger.next();
      if (statusOf(answer) === 100) answer = await stranger.next();
      assert.ok(statusOf(answer) >= 400, `${method} by ${route}: ${answer}`);
    }
  }
  await heardNothing(edge, stranger, victim);
  const bodies = [...anna.wire.received, ...bert.wire.received].map((m) => m.text);
  assert.ok(!bodies.some((text) => text.includes("mallory")), "nobody in the call heard the stranger");
});

test("a response that nobody waits for is dropped", async (t) => {
  const { edge, stranger, victim } = await scene(t);
  const via = [
    `SIP/2.0/UDP 127.0.0.1:${edge.udp4.port};branch=z9hG4bKforged`,
    `SIP/2.0/UDP ${victim.at};branch=z9hG4bK1`,
  ];
  const lines = [...via.map((v) => `Via: ${v}`), FROM, "To: <sip:a@b>;tag=2", "Call-ID: 1", "CSeq: 1 INVITE"];
  stranger.send(`SIP/2.0 200 OK\r\n${lines.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`);
  await heardNothing(edge, stranger, victim);
});
