/** The listener for the authority's question: what it answers, and what it ends. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { freePort } from "../../../test/support/port.ts";
import { isTrouble } from "../../base/index.ts";
import { openListener } from "./listener.ts";

const ANSWERS = new Map([["token", "token.thumbprint"]]);

async function open(t: TestContext): Promise<number> {
  const port = await freePort();
  const listener = await openListener("127.0.0.1", port, ANSWERS);
  assert.ok(!isTrouble(listener), JSON.stringify(listener));
  t.after(() => listener.close());
  return port;
}

/** Everything that is sent back until the end. */
async function readAll(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket.setEncoding("latin1")) text += chunk;
  return text;
}

test("GET of a token's path is answered with its text; all else with 404 and nothing in it", async (t) => {
  const port = await open(t);
  for (const [line, status, body] of [
    ["GET /.well-known/acme-challenge/token", 200, "token.thumbprint"],
    ["POST /.well-known/acme-challenge/token", 404, ""],
    ["GET /.well-known/acme-challenge/TOKEN", 404, ""],
    ["GET /.well-known/acme-challenge/%74oken", 404, ""],
    ["GET /.well-known/acme-challenge/x/../token", 404, ""],
    ["GET /.well-known/acme-challenge/__proto__", 404, ""],
    ["GET /", 404, ""],
    ["OPTIONS *", 404, ""],
  ] as const) {
    const socket = connect(port, "127.0.0.1");
    socket.write(`${line} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
    const [head, said] = (await readAll(socket)).split("\r\n\r\n");
    assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `), line);
    assert.equal(said, body, line);
    assert.match(head, /Connection: close/, line);
  }
});

/** So many who connect and send only half a request, or nothing. */
async function idlers(t: TestContext, port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1").on("error", () => {}));
  t.after(() => {
    for (const each of sockets) each.destroy();
  });
  await Promise.all(sockets.map((each) => once(each, "connect")));
  for (const [i, each] of sockets.entries()) each.write(i % 2 === 0 ? "GET / HTT" : "GET / HTTP/1.1\r\nHost: a\r\n");
  return sockets;
}

test("who asks for nothing, or only half, is shown out", async (t) => {
  const port = await open(t);
  const sockets = await idlers(t, port, 64);
  const began = performance.now();
  for (const text of await Promise.all(sockets.map(readAll))) assert.match(text, /^HTTP\/1\.1 408 /);
  assert.ok(performance.now() - began < 9_000, "within the time of a request and a look at the clock");
});

test("those who hold all 64 connections do not keep the authority out: the oldest gives way", async (t) => {
  const port = await open(t);
  const sockets = await idlers(t, port, 64);
  const ended = new Promise((resolve) => sockets[0].resume().on("close", resolve));
  const authority = connect(port, "127.0.0.1");
  authority.write("GET /.well-known/acme-challenge/token HTTP/1.1\r\nHost: a.example\r\n\r\n");
  assert.match(await readAll(authority), /^HTTP\/1\.1 200 [\s\S]*token\.thumbprint$/);
  await ended;
  assert.equal(sockets.filter((each) => each.closed).length, 1);
});
