/** WebSocket (RFC 7118): one message a frame, text or binary; what comes in pieces, too large, or not at all. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";
import { newAuthority } from "../../test/support/authority.ts";
import type { Flow } from "../base/index.ts";
import { type CloseReason, isOpenFault, openWeb } from "./index.ts";
import { message, OPTIONS, until } from "./tcp.fixture.ts";
import type { WebOptions } from "./ws.ts";

const HEAD = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
const UPGRADE = `${HEAD}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n`;

async function open(t: TestContext, o: Partial<WebOptions> = {}) {
  const packets: { flow: Flow; text: string }[] = [];
  const closed: CloseReason[] = [];
  const faults: string[] = [];
  const web = await openWeb(
    {
      ...{ address: "127.0.0.1", port: 0, family: 4, index: 1, advertise: "", side: "public" },
      ...{ origins: ["pbx.example.org"], credentials: undefined, ...o },
    },
    {
      onPacket: (flow, text) => {
        packets.push({ flow, text });
        if (!isOpenFault(web)) web.send(flow, text);
      },
      onClosed: (_, reason) => closed.push(reason),
      onFault: (_, failure) => faults.push(failure.code),
    },
  );
  assert.ok(!isOpenFault(web), JSON.stringify(web));
  t.after(() => web.close());
  const dial = async (o: object = {}): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${web.listener.port}`, "sip", o);
    t.after(() => socket.terminate());
    socket.on("error", () => {});
    await once(socket, "open");
    return socket;
  };
  /** Bytes after an upgrade done by hand. */
  const bare = async (): Promise<Socket> => {
    const socket = connect(web.listener.port, "127.0.0.1");
    t.after(() => socket.destroy());
    socket.write(UPGRADE);
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Protocol: sip\r\n/i);
    return socket;
  };
  return { web, packets, closed, faults, dial, bare };
}

/** The next message as it came. */
async function next(socket: WebSocket): Promise<{ text: string; isBinary: boolean }> {
  const [data, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
  return { text: data.toString("latin1"), isBinary };
}

test("ws: text and binary come as they are; UTF-8 leaves as text, other bytes as binary", OPTIONS, async (t) => {
  const bench = await open(t);
  const socket = await bench.dial();
  assert.equal(socket.protocol, "sip");
  const bytes = Buffer.from(message(Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("")), "latin1");
  for (const [sent, isBinary] of [
    [Buffer.from(message()), false],
    [Buffer.from(message("Zoë"), "utf8"), false],
    [bytes, true],
  ] as const) {
    socket.send(sent, { binary: isBinary });
    assert.deepEqual(await next(socket), { text: sent.toString("latin1"), isBinary });
  }
  const { flow } = bench.packets[0];
  assert.deepEqual([flow.transport, flow.reliable, flow.host], ["ws", true, "127.0.0.1"]);
  assert.equal(bench.web.flowTo(flow.host, flow.port), flow);
  // Nobody can be called by address: browsers take no connections.
  assert.equal(bench.web.flowTo("127.0.0.1", 9), undefined);
});

test("ws: 64 KiB pass in fragments; one byte more, and what is no frame, end the connection", OPTIONS, async (t) => {
  const bench = await open(t);
  const socket = await bench.dial();
  const most = "x".repeat(65_536);
  socket.send(most.slice(0, 1_000), { fin: false });
  socket.send(most.slice(1_000), { fin: true });
  assert.equal((await next(socket)).text.length, 65_536);
  const ended = once(socket, "close");
  socket.send(`${most}x`);
  assert.equal((await ended)[0], 1009);
  const bare = await bench.bare();
  bare.write("OPTIONS sip:a SIP/2.0\r\n");
  await once(bare.resume(), "close");
  await until(() => bench.closed.length === 2);
  assert.deepEqual(bench.faults, ["SIP_TOO_LARGE", "WS_BAD_FRAME"]);
  assert.deepEqual(bench.closed, ["framing", "framing"]);
});

test("ws: keep-alives: a ping of the protocol, and CRLF CRLF as over TCP", OPTIONS, async (t) => {
  const bench = await open(t);
  const socket = await bench.dial();
  socket.ping();
  await once(socket, "pong");
  socket.send("\r\n\r\n");
  assert.equal((await next(socket)).text, "\r\n");
  socket.send("\r\n");
  socket.send("");
  socket.send(message());
  assert.equal((await next(socket)).text, message());
  assert.equal(bench.packets.length, 1);
});

test("ws: half a frame may wait 4 s, trickled or not", OPTIONS, async (t) => {
  let now = 0;
  const bench = await open(t, { limits: { connect: 80 }, now: () => now });
  const socket = await bench.bare();
  // A frame of 100 bytes, masked with zeroes, of which 10 come.
  socket.write(Buffer.from([0x81, 0x80 | 100, 0, 0, 0, 0, ...Buffer.from("0123456789")]));
  await new Promise((resolve) => setTimeout(resolve, 30));
  now = 3_999;
  socket.write("x");
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(bench.closed, []);
  now = 4_000;
  await once(socket.resume(), "close");
  assert.deepEqual(bench.closed, ["halfMessage"]);
});

test("ws: who is silent is asked for a sign of life, and closed when none comes", OPTIONS, async (t) => {
  let now = 0;
  const bench = await open(t, { limits: { connect: 80 }, now: () => now });
  const alive = await bench.dial();
  const dead = await bench.dial({ autoPong: false });
  for (const socket of [alive, dead]) {
    socket.send(message());
    await next(socket);
  }
  for (const { flow } of bench.packets) bench.web.hold(flow, true);
  const asked = Promise.all([once(alive, "ping"), once(dead, "ping")]);
  now = 30_000;
  await asked;
  await new Promise((resolve) => setTimeout(resolve, 30));
  now = 61_999;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(bench.closed, []);
  now = 62_000;
  await once(dead, "close");
  assert.deepEqual(bench.closed, ["silent"]);
  assert.equal(bench.web.stats().connections, 1);
});

test("ws: who does not read is not read from, and loses nothing", OPTIONS, async (t) => {
  const bench = await open(t);
  const socket = await bench.dial();
  socket.pause();
  const large = message("y".repeat(60_000));
  for (let i = 0; i < 500; i++) socket.send(large);
  let before = -1;
  while (bench.packets.length !== before) {
    before = bench.packets.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(before < 400, `${before} messages were read`);
  let count = 0;
  socket.on("message", () => count++);
  socket.resume();
  await until(() => count === 500);
});

test("ws: the cap of one source counts before the upgrade", OPTIONS, async (t) => {
  const bench = await open(t, { limits: { connectionsPerSource: 2 } });
  await bench.dial();
  const half = connect(bench.web.listener.port, "127.0.0.1");
  await until(() => bench.web.stats().handshakes === 1);
  await assert.rejects(once(new WebSocket(`ws://127.0.0.1:${bench.web.listener.port}`, "sip"), "open"));
  assert.equal(bench.web.stats().doors.refused, 1);
  half.destroy();
  await until(() => bench.web.stats().handshakes === 0);
  await bench.dial();
});

test(
  "wss: who upgrades, sends what is no frame and hangs up in one breath ends nobody but himself",
  OPTIONS,
  async (t) => {
    const issued = await (await newAuthority("CA")).issue(["a.example"]);
    const certificates = [{ names: ["a.example"], ...issued }];
    const credentials = { certificates, ticketKeys: randomBytes(48), minVersion: "TLSv1.2", peers: [] } as const;
    const bench = await open(t, { credentials });
    for (const last of ["\xff\xff", "\x81\xff", "\x88\x81\0\0\0\0x"]) {
      const socket = connectTls({ host: "127.0.0.1", port: bench.web.listener.port, rejectUnauthorized: false });
      socket.on("error", () => {});
      await once(socket, "secureConnect");
      // What comes with the end is read when the address of the peer cannot be asked for any more.
      socket.write(UPGRADE + last, "latin1");
      socket.destroy();
      await until(() => bench.web.stats().handshakes === 0);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    assert.equal(bench.web.stats().connections, 0);
  },
);

/** Frames as a client sends them, masked with zeroes: all of `data` at once, or the first, middle and last of its fragments. */
function frame(opcode: number, data: string): Buffer {
  return Buffer.from([opcode, 0x80 | data.length, 0, 0, 0, 0, ...Buffer.from(data, "latin1")]);
}
const [FIRST, MORE, PING] = [0x01, 0x00, 0x89];

test(
  "ws: a ping between fragments makes no message whole; one that comes in two pieces is none",
  OPTIONS,
  async (t) => {
    let now = 0;
    const bench = await open(t, { limits: { connect: 80 }, now: () => now });
    const [sly, slow] = [await bench.bare(), await bench.bare()];
    const pause = () => new Promise((resolve) => setTimeout(resolve, 30));
    const ping = frame(PING, "abc");
    sly.write(Buffer.concat([frame(FIRST, "O"), ping]));
    slow.write(ping.subarray(0, 4));
    await pause();
    sly.write(Buffer.concat([ping, frame(MORE, "P"), ping, ping]));
    slow.write(ping.subarray(4));
    await pause();
    now = 4_000;
    await once(sly.resume(), "close");
    assert.deepEqual(bench.closed, ["halfMessage"]);
    assert.equal(bench.web.stats().connections, 1);
  },
);

test("ws: a message in more than a thousand pieces ends the connection", OPTIONS, async (t) => {
  const bench = await open(t);
  const socket = await bench.bare();
  const more = Array.from({ length: 1_024 }, () => frame(MORE, "x"));
  socket.write(Buffer.concat([frame(FIRST, "O"), ...more]));
  await once(socket.resume(), "close");
  assert.deepEqual([bench.faults, bench.closed], [["WS_BAD_FRAME"], ["framing"]]);
});

test("ws: many requests in one piece are one refusal", OPTIONS, async (t) => {
  const bench = await open(t);
  for (const [i, tail] of ["", "no HTTP at all\r\n\r\n"].entries()) {
    const socket = connect(bench.web.listener.port, "127.0.0.1").on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000) + tail);
    await once(socket.resume(), "close");
    assert.equal(bench.web.stats().doors.notWebSocket, i + 1);
  }
});

test(
  "ws: who comes again from the port of a handshake that it broke off gets no time without end",
  OPTIONS,
  async (t) => {
    let now = 0;
    const bench = await open(t, { limits: { connect: 80 }, now: () => now });
    // An address of its own: nobody else on this machine gets the port meanwhile.
    const way = { port: bench.web.listener.port, host: "127.0.0.1", localAddress: "127.0.0.77" };
    const first = connect(way).on("error", () => {});
    await once(first, "connect");
    await until(() => bench.web.stats().handshakes === 1);
    const { localPort } = first;
    // End and new beginning wait for the server together.
    first.resetAndDestroy();
    await once(first, "close");
    const again = connect({ ...way, localPort }).on("error", () => {});
    t.after(() => again.destroy());
    await once(again, "connect");
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.deepEqual([bench.web.stats().handshakes, bench.web.stats().doors.halfHandshake], [1, 0]);
    now = 5_000;
    await once(again.resume(), "close");
    assert.deepEqual([bench.web.stats().handshakes, bench.web.stats().doors.halfHandshake], [0, 1]);
  },
);
