/** What one peer, or all of them, may take: bytes, time, connections. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as secure } from "node:tls";
import { type Bench, collect, dial, message, OPTIONS, open, until } from "./tcp.fixture.ts";

/** Sweeps every 10 ms, while no test comes near the limit itself. */
const SWEPT = { connect: 80 };

/** Resolves when a connection of ours is refused at the door, before or after it seemed to stand. */
async function refused(t: TestContext, bench: Bench, localAddress: string): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port: bench.tcp.listener.port, localAddress });
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  await new Promise((resolve) => socket.on("close", resolve));
}

test("tcp: 64 KiB pass both ways; what is larger, or no SIP, is a fault and the end", OPTIONS, async (t) => {
  const bench = await open(t);
  bench.onPacket = (flow, text) => bench.tcp.send(flow, text);
  const socket = await dial(t, bench);
  const got = collect(socket);
  const most = message("x".repeat(65_536 - message("1".repeat(10_000)).length + 10_000));
  assert.equal(most.length, 65_536);
  socket.write(most);
  await until(() => got.text.length === most.length);
  const ended = once(socket, "close");
  socket.write(`OPTIONS sip:a SIP/2.0\r\nContent-Length: 65536\r\n\r\n`);
  await ended;
  const other = await dial(t, bench);
  const saw = collect(other);
  const over = once(other, "close");
  other.write("\x17\x03\x01 hello\r\n");
  await over;
  assert.deepEqual(
    bench.faults.map((f) => f.failure.code),
    ["SIP_TOO_LARGE", "SIP_NOT_SIP"],
  );
  assert.deepEqual(
    bench.closed.map((c) => c.reason),
    ["framing", "framing"],
  );
  assert.equal(saw.text, "");
});

test("tcp: a TLS handshake on the plain port is counted, gets no answer, and is over at once", OPTIONS, async (t) => {
  const bench = await open(t);
  bench.onPacket = (flow, text) => bench.tcp.send(flow, text);
  const client = secure({ host: "127.0.0.1", port: bench.tcp.listener.port, rejectUnauthorized: false });
  const [error] = (await once(client, "error")) as [NodeJS.ErrnoException];
  assert.match(String(error.code), /ECONNRESET|ERR_SSL/);
  await until(() => bench.closed.length === 1);
  assert.deepEqual(
    [bench.faults.map((f) => f.failure.code), bench.tcp.stats().doors.tlsOnPlain],
    [["TLS_ON_PLAIN"], 1],
  );
});

test("tcp: half a message may wait 4 s from its first byte, trickled or not", OPTIONS, async (t) => {
  let now = 0;
  const bench = await open(t, { limits: SWEPT, now: () => now });
  const text = message();
  const [good, bad] = [await dial(t, bench), await dial(t, bench)];
  good.write(text.slice(0, 10));
  bad.write(text.slice(0, 10));
  await until(() => bench.tcp.stats().connections === 2);
  good.write(text.slice(10));
  await until(() => bench.packets.length === 1);
  now = 3_999;
  // A byte now and then does not help.
  bad.write(text.slice(10, 11));
  good.write(text);
  await until(() => bench.packets.length === 2);
  assert.equal(bench.closed.length, 0);
  now = 4_000;
  await once(bad, "close");
  assert.deepEqual(
    bench.closed.map((c) => c.reason),
    ["halfMessage"],
  );
  assert.equal(bench.packets[0].flow.open, true);
});

test("tcp: a lone CRLF, or half a one, is a keep-alive and no half message", OPTIONS, async (t) => {
  let now = 0;
  const bench = await open(t, { limits: SWEPT, now: () => now });
  const sockets: Socket[] = [];
  for (const text of ["\r\n", "\r", "\r\n\r", `${message()}\r\n`, "\r\nO"]) {
    const socket = await dial(t, bench);
    sockets.push(socket);
    socket.write(text);
  }
  await until(() => bench.packets.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  now = 4_000;
  await once(sockets[4], "close");
  assert.deepEqual(
    bench.closed.map((c) => c.reason),
    ["halfMessage"],
  );
  assert.equal(bench.tcp.stats().connections, 4);
  sockets[0].write(message());
  await until(() => bench.packets.length === 2);
});

test("tcp: idle connections end, those that are held do not", OPTIONS, async (t) => {
  let now = 0;
  const bench = await open(t, { limits: SWEPT, now: () => now });
  const [held, idle, used] = [await dial(t, bench), await dial(t, bench), await dial(t, bench)];
  held.write(message());
  await until(() => bench.packets.length === 1);
  bench.tcp.hold(bench.packets[0].flow, true);
  await until(() => bench.tcp.stats().connections === 3);
  now = 299_999;
  used.write(message());
  await until(() => bench.packets.length === 2);
  now = 300_000;
  await once(idle, "close");
  assert.deepEqual(
    bench.closed.map((c) => [c.reason, c.flow.port]),
    [["idle", idle.localPort ?? bench.closed[0].flow.port]],
  );
  assert.equal(bench.tcp.stats().connections, 2);
  bench.tcp.hold(bench.packets[0].flow, false);
  await once(held, "close");
  assert.equal(bench.packets[1].flow.open, true);
});

test("tcp: too many from one source, or in all, are refused at the door", OPTIONS, async (t) => {
  const bench = await open(t, { limits: { connectionsPerSource: 3, connections: 5 } });
  const sockets: Socket[] = [];
  for (const localAddress of ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.2"]) {
    const socket = await dial(t, bench, { localAddress });
    sockets.push(socket);
    socket.write(message());
  }
  await until(() => bench.packets.length === 5);
  // Full in all: even a new source.
  await refused(t, bench, "127.0.0.3");
  const gone = once(sockets[4], "close");
  sockets[4].destroy();
  await gone;
  await until(() => bench.tcp.stats().connections === 4);
  // Room in all, but not for the first source.
  await refused(t, bench, "127.0.0.1");
  const third = await dial(t, bench, { localAddress: "127.0.0.3" });
  third.write(message());
  await until(() => bench.packets.length === 6);
  assert.deepEqual([bench.tcp.stats().doors.refused, bench.tcp.stats().connections], [2, 5]);
  sockets[0].destroy();
  await until(() => bench.tcp.stats().connections === 4);
  (await dial(t, bench, { localAddress: "127.0.0.1" })).write(message());
  await until(() => bench.packets.length === 7);
});

test("tcp: where there is no room left, whoever has said nothing for longest gives way", OPTIONS, async (t) => {
  const bench = await open(t, { limits: { connectionsPerSource: 2, connections: 4 } });
  const speaking = await dial(t, bench, { localAddress: "127.0.0.2" });
  speaking.write(message());
  await until(() => bench.packets.length === 1);
  const silent: Socket[] = [];
  for (const localAddress of ["127.0.0.3", "127.0.0.3", "127.0.0.4"]) {
    silent.push(await dial(t, bench, { localAddress }));
    // A keep-alive is no message.
    silent[silent.length - 1].write("\r\n\r\n");
  }
  await until(() => bench.tcp.stats().keepAlives === 3);
  const ended = once(silent[0].resume(), "close");
  const phone = await dial(t, bench, { localAddress: "127.0.0.5" });
  phone.write(message());
  await until(() => bench.packets.length === 2);
  await ended;
  assert.deepEqual(
    bench.closed.map((c) => [c.reason, c.flow.host]),
    [["idle", "127.0.0.3"]],
  );
  speaking.write(message());
  await until(() => bench.packets.length === 3);
  assert.deepEqual([bench.tcp.stats().connections, bench.tcp.stats().doors.refused], [4, 0]);
});

test(
  "tcp: a connection that is held leaves its place at the door to another, until it is not held any more",
  OPTIONS,
  async (t) => {
    const bench = await open(t, { limits: { connectionsPerSource: 2 } });
    const sockets: Socket[] = [];
    const register = async (): Promise<void> => {
      const socket = await dial(t, bench);
      sockets.push(socket);
      socket.write(message());
      await until(() => bench.packets.length === sockets.length);
      bench.tcp.hold(bench.packets[sockets.length - 1].flow, true);
    };
    for (let i = 0; i < 5; i++) await register();
    // Told twice, it counts once.
    bench.tcp.hold(bench.packets[0].flow, true);
    for (let i = 0; i < 2; i++) await dial(t, bench);
    await until(() => bench.tcp.stats().connections === 7);
    await refused(t, bench, "127.0.0.1");
    // One that was held and hangs up makes no room: it took none.
    sockets[0].destroy();
    await until(() => bench.tcp.stats().connections === 6);
    bench.tcp.hold(bench.packets[0].flow, false);
    await refused(t, bench, "127.0.0.1");
    for (const { flow } of bench.packets.slice(1, 3)) bench.tcp.hold(flow, false);
    for (const socket of sockets.slice(1, 3)) socket.destroy();
    await until(() => bench.tcp.stats().connections === 4);
    // The two that were let in without a binding are still all that may be.
    await refused(t, bench, "127.0.0.1");
  },
);

test("tcp: who does not read is not read from, and loses nothing", OPTIONS, async (t) => {
  const bench = await open(t);
  const answer = message("y".repeat(60_000));
  bench.onPacket = (flow) => bench.tcp.send(flow, answer);
  const socket = await dial(t, bench);
  socket.pause();
  // More answers than kernel buffers and our queue hold: 2,000 times 60 kB.
  const count = 2_000;
  for (let i = 0; i < count; i++) socket.write(message());
  let before = -1;
  while (bench.packets.length !== before) {
    before = bench.packets.length;
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
  }
  assert.ok(before < count / 2, `${before} requests read`);
  assert.equal(bench.closed.length, 0);
  const got = { bytes: 0 };
  socket.on("data", (chunk: string) => {
    got.bytes += chunk.length;
  });
  socket.resume();
  await until(() => got.bytes === count * answer.length);
  assert.equal(bench.packets.length, count);
});

test("tcp: past the cap on queued bytes the connection is closed", OPTIONS, async (t) => {
  const bench = await open(t, { limits: { sendQueue: 100_000 } });
  const socket = await dial(t, bench);
  socket.write(message());
  await until(() => bench.packets.length === 1);
  socket.pause();
  const { flow } = bench.packets[0];
  const text = "z".repeat(50_000);
  let sent = 0;
  while (bench.tcp.send(flow, text)) sent++;
  assert.deepEqual(
    bench.closed.map((c) => c.reason),
    ["sendQueue"],
  );
  assert.ok(sent > 0);
  assert.equal(flow.open, false);
  assert.equal(bench.tcp.send(flow, text), false);
  assert.equal(bench.tcp.flowById(flow.id), undefined);
});

test("tcp: our own connections count in all, and one too many is told as failed", OPTIONS, async (t) => {
  const [a, b] = [await open(t, { limits: { connections: 1 } }), await open(t)];
  const first = a.tcp.connect("127.0.0.1", b.tcp.listener.port);
  const second = a.tcp.connect("127.0.0.1", b.tcp.listener.port);
  await until(() => a.closed.length > 0);
  assert.deepEqual(a.closed, [{ flow: second, reason: "connect" }]);
  assert.equal(first.open, true);
});
