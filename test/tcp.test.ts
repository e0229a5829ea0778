/** Streams: messages cut and joined anywhere, half messages, connections that go. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Address } from "../src/demo/index.ts";
import { DOMAIN, startEdge } from "./support/edge.ts";
import { exchangeTcp, rawRequest } from "./support/raw.ts";
import { until } from "./support/until.ts";

const FROM = "From: <sip:mallory@elsewhere.example>;tag=1";
const options = (): string =>
  rawRequest("OPTIONS", `sip:${DOMAIN}`, "127.0.0.1:9", [FROM, `To: <sip:${DOMAIN}>`]).replace(
    "SIP/2.0/UDP",
    "SIP/2.0/TCP",
  );

interface Connection {
  readonly socket: Socket;
  readonly text: () => string;
}

async function open(t: TestContext, edge: Address): Promise<Connection> {
  const socket = connect({ ...edge, noDelay: true });
  await once(socket, "connect");
  t.after(() => socket.destroy());
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => {});
  return { socket, text: () => text };
}

const answers = (text: string): number => text.split("SIP/2.0 200 OK\r\n").length - 1;

test("a message in pieces of one byte, and five in one piece", async (t) => {
  const edge = await startEdge(t);
  const { socket, text } = await open(t, edge.tcp4);
  for (const byte of options()) {
    socket.write(byte, "latin1");
    await setTimeout(0);
  }
  await until("the one in pieces is answered", () => answers(text()) === 1);
  socket.write(Array.from({ length: 5 }, options).join(""), "latin1");
  await until("all five are answered", () => answers(text()) === 6);
});

test("RFC 5626 4.4.1: a double CRLF is answered by a CRLF, between messages", async (t) => {
  const edge = await startEdge(t);
  const { socket, text } = await open(t, edge.tcp4);
  socket.write("\r\n\r\n");
  await until("the pong", () => text() === "\r\n");
  socket.write(options(), "latin1");
  await until("a message after it", () => answers(text()) === 1);
});

test("half a message is given up after its time, and others go on", { timeout: 20_000 }, async (t) => {
  const edge = await startEdge(t, { sip: "tcp = { half_message = 1 }" });
  const other = await open(t, edge.tcp4);
  const began = performance.now();
  const half = await exchangeTcp(edge.tcp4, options().slice(0, -40), () => false, 10_000);
  assert.ok(half.closed, "the connection was closed");
  assert.ok(performance.now() - began > 900);
  other.socket.write(options(), "latin1");
  await until("the other connection lives", () => answers(other.text()) === 1);
});

test("bytes that are no SIP close the connection", async (t) => {
  const edge = await startEdge(t);
  const junk = await exchangeTcp(edge.tcp4, `GET / HTTP/1.1\r\nHost: x\r\n\r\n${"x".repeat(100)}`, () => false, 5_000);
  assert.ok(junk.closed);
});

test("a Content-Length beyond the limit takes no memory: 413 or 513 or nothing, and the connection ends", async (t) => {
  const edge = await startEdge(t);
  const huge = options().replace("Content-Length: 0", "Content-Length: 4000000000");
  const answer = await exchangeTcp(edge.tcp4, huge, () => false, 5_000);
  assert.ok(answer.closed);
  assert.match(answer.text, /^$|^SIP\/2\.0 (400|413|513) /);
});

test("a phone whose connection is gone is not there any more", async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert"] });
  const anna = await edge.phone("anna");
  const bert = await edge.phone("bert", { edge: edge.tcp4, transport: "tcp" });
  await Promise.all([anna.register(), bert.register()]);
  await bert.close();
  const began = performance.now();
  const final = await anna.call(`sip:bert@${DOMAIN}`).final;
  assert.ok(final.status >= 400, `${final.status}`);
  // Timer B would take 32 s; at once is some milliseconds, on a busy machine more.
  assert.ok(performance.now() - began < 10_000, "told at once, not after timer B");
});
