import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { Failure, Flow } from "../base/index.ts";
import { type CloseReason, isOpenFault, openTcp, type TcpOptions, type TcpTransport } from "./index.ts";

const OPTIONS = { timeout: 20_000 };
/** Sweeps every 10 ms, while no test comes near the limit itself. */
const SWEPT = { connect: 80 };

function message(body = "", method = "OPTIONS"): string {
  return `${method} sip:a@b SIP/2.0\r\nCall-ID: 1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

interface Bench {
  readonly tcp: TcpTransport;
  readonly packets: { flow: Flow; text: string }[];
  readonly closed: { flow: Flow; reason: CloseReason }[];
  readonly faults: { flow: Flow; failure: Failure }[];
  onPacket: (flow: Flow, text: string) => void;
}

async function open(t: TestContext, o: Partial<TcpOptions> = {}): Promise<Bench> {
  const address = o.address ?? "127.0.0.1";
  const family = address.includes(":") ? 6 : 4;
  const bench: Omit<Bench, "tcp"> = { packets: [], closed: [], faults: [], onPacket: () => {} };
  const tcp = await openTcp(
    { address, port: 0, family, index: 1, advertise: "", side: "public", ...o },
    {
      onPacket: (flow, text) => {
        bench.packets.push({ flow, text });
        bench.onPacket(flow, text);
      },
      onClosed: (flow, reason) => bench.closed.push({ flow, reason }),
      onFault: (flow, failure) => bench.faults.push({ flow, failure }),
    },
  );
  assert.ok(!isOpenFault(tcp), JSON.stringify(tcp));
  t.after(() => tcp.close());
  return Object.assign(bench, { tcp });
}

/** A plain client that collects what it receives. */
async function dial(t: TestContext, bench: Bench, o: { host?: string; localAddress?: string } = {}): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: bench.tcp.listener.port, noDelay: true, ...o });
  socket.setEncoding("latin1");
  socket.on("error", () => {});
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** Resolves when a connection of ours is refused at the door, before or after it seemed to stand. */
async function refused(t: TestContext, bench: Bench, localAddress: string): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port: bench.tcp.listener.port, localAddress });
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  await new Promise((resolve) => socket.on("close", resolve));
}

/** Text received so far and from now on. */
function collect(socket: Socket): { text: string } {
  const box = { text: "" };
  socket.on("data", (chunk: string) => {
    box.text += chunk;
  });
  return box;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise(setImmediate);
}

for (const [listen, peer, shown] of [
  ["127.0.0.1", "127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.1", "127.0.0.1"],
  ["::1", "::1", "[::1]"],
  ["::", "::1", "[::1]"],
]) {
  test(`tcp: a peer at ${peer} is heard and answered on ${listen}`, OPTIONS, async (t) => {
    const bench = await open(t, { address: listen });
    bench.onPacket = (flow, text) => bench.tcp.send(flow, text);
    const socket = await dial(t, bench, { host: peer });
    const got = collect(socket);
    const every = message(Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(""));
    socket.write(every, "latin1");
    await until(() => got.text.length >= every.length);
    assert.equal(got.text, every);
    const { flow } = bench.packets[0];
    assert.deepEqual(
      [flow.host, flow.port, flow.sentBy, flow.reliable, flow.open, flow.transport],
      [peer, socket.localPort, `${shown}:${bench.tcp.listener.port}`, true, true, "tcp"],
    );
    assert.equal(bench.tcp.flowById(flow.id), flow);
  });
}

test("tcp: messages come whole however they were cut", OPTIONS, async (t) => {
  const bench = await open(t);
  const socket = await dial(t, bench);
  const text = message("v=0\r\n\r\no=-");
  let expected = 0;
  for (let at = 1; at < text.length; at++) {
    socket.write(text.slice(0, at), "latin1");
    // A turn of the loop between the halves: they come as two chunks.
    await new Promise(setImmediate);
    socket.write(text.slice(at) + (at % 3 === 0 ? text : ""), "latin1");
    expected += at % 3 === 0 ? 2 : 1;
    await until(() => bench.packets.length >= expected);
  }
  for (const byte of text) {
    socket.write(byte, "latin1");
    await new Promise(setImmediate);
  }
  socket.write(text.repeat(100));
  await until(() => bench.packets.length >= expected + 101);
  assert.ok(bench.packets.every((p) => p.text === text));
  assert.equal(bench.packets.length, expected + 101);
  assert.equal(new Set(bench.packets.map((p) => p.flow)).size, 1);
});

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
  other.write("\x16\x03\x01 hello\r\n");
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

test("tcp: an answer sent from onFault still leaves", OPTIONS, async (t) => {
  const closed: CloseReason[] = [];
  const tcp = await openTcp(
    { address: "127.0.0.1", port: 0, family: 4, index: 0, advertise: "", side: "public" },
    {
      onPacket: () => {},
      onClosed: (_, reason) => closed.push(reason),
      onFault: (flow, failure) => {
        if (!isOpenFault(tcp)) tcp.send(flow, `SIP/2.0 ${failure.reply} No\r\n\r\n`);
      },
    },
  );
  assert.ok(!isOpenFault(tcp));
  t.after(() => tcp.close());
  const socket = connect(tcp.listener.port, "127.0.0.1").setEncoding("latin1");
  const got = collect(socket);
  socket.write("OPTIONS sip:a SIP/2.0\r\nContent-Length: 1000000\r\n\r\n");
  await once(socket, "close");
  assert.equal(got.text, "SIP/2.0 513 No\r\n\r\n");
  assert.deepEqual(closed, ["framing"]);
});

test("tcp: a double CRLF is answered by one, also between and inside chunks of messages", OPTIONS, async (t) => {
  const bench = await open(t);
  const socket = await dial(t, bench);
  const got = collect(socket);
  socket.write(`\r\n\r\n${message()}\r\n\r\n${message()}\r\n`);
  await until(() => bench.packets.length === 2 && got.text.length === 4);
  assert.equal(got.text, "\r\n\r\n");
  assert.equal(bench.tcp.stats().keepAlives, 2);
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
    sockets.push(await dial(t, bench, { localAddress }));
  }
  await until(() => bench.tcp.stats().connections === 5);
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
  await until(() => bench.packets.length === 1);
  assert.deepEqual([bench.tcp.stats().refused, bench.tcp.stats().connections], [2, 5]);
  sockets[0].destroy();
  await until(() => bench.tcp.stats().connections === 4);
  (await dial(t, bench, { localAddress: "127.0.0.1" })).write(message());
  await until(() => bench.packets.length === 2);
});

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

test("tcp: connections are reused by flow, by address and by alias", OPTIONS, async (t) => {
  const bench = await open(t);
  const socket = await dial(t, bench);
  socket.write(message());
  await until(() => bench.packets.length === 1);
  const { flow } = bench.packets[0];
  assert.equal(bench.tcp.flowTo("127.0.0.1", flow.port), flow);
  // RFC 5923 8.2: nobody speaks for another address.
  assert.equal(bench.tcp.addAlias(flow, "127.0.0.9", 5070), false);
  assert.equal(bench.tcp.addAlias(flow, "127.0.0.1", 5070), true);
  assert.equal(bench.tcp.flowTo("127.0.0.1", 5070), flow);
  // The newest wins: the old connection of a peer that restarted may be dead without our knowing.
  const newer = await dial(t, bench);
  newer.write(message());
  await until(() => bench.packets.length === 2);
  const second = bench.packets[1].flow;
  assert.equal(bench.tcp.addAlias(second, "127.0.0.1", 5070), true);
  assert.equal(bench.tcp.flowTo("127.0.0.1", 5070), second);
  socket.destroy();
  await until(() => !flow.open);
  assert.equal(bench.tcp.addAlias(flow, "127.0.0.1", 5070), false);
  assert.equal(bench.tcp.flowTo("127.0.0.1", 5070), second);
  // One peer has few names.
  const names = [1, 2, 3, 4, 5].map((n) => bench.tcp.addAlias(second, "127.0.0.1", 5070 + n));
  assert.deepEqual(names, [true, true, false, false, false]);
  newer.destroy();
  await until(() => !second.open);
  assert.equal(bench.tcp.stats().connections, 0);
});

test("tcp: what is sent before the connection stands is queued, and the answer comes on it", OPTIONS, async (t) => {
  const [a, b] = [await open(t), await open(t)];
  b.onPacket = (flow) => b.tcp.send(flow, message("answer"));
  const flow = a.tcp.flowTo("127.0.0.1", b.tcp.listener.port);
  assert.equal(flow.open, true);
  assert.equal(a.tcp.flowTo("127.0.0.1", b.tcp.listener.port), flow);
  for (let i = 0; i < 3; i++) assert.equal(a.tcp.send(flow, message(`${i}`)), true);
  await until(() => a.packets.length === 3);
  assert.deepEqual(
    b.packets.map((p) => p.text),
    [message("0"), message("1"), message("2")],
  );
  assert.ok(a.packets.every((p) => p.flow === flow));
  assert.equal(flow.sentBy, `127.0.0.1:${a.tcp.listener.port}`);
  assert.notEqual(a.tcp.connect("127.0.0.1", b.tcp.listener.port), flow);
});

test("tcp: a refused connection is told once, after connect has returned", OPTIONS, async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  server.close();
  await once(server, "close");
  const bench = await open(t);
  const flow = bench.tcp.connect("127.0.0.1", address.port);
  assert.equal(bench.tcp.send(flow, message()), true);
  assert.equal(bench.closed.length, 0);
  await until(() => bench.closed.length > 0);
  await new Promise(setImmediate);
  assert.deepEqual(bench.closed, [{ flow, reason: "connect" }]);
  assert.equal(flow.open, false);
  assert.throws(() => bench.tcp.connect("example.org", 5060));
});

test("tcp: our own connections count in all, and one too many is told as failed", OPTIONS, async (t) => {
  const [a, b] = [await open(t, { limits: { connections: 1 } }), await open(t)];
  const first = a.tcp.connect("127.0.0.1", b.tcp.listener.port);
  const second = a.tcp.connect("127.0.0.1", b.tcp.listener.port);
  await until(() => a.closed.length > 0);
  assert.deepEqual(a.closed, [{ flow: second, reason: "connect" }]);
  assert.equal(first.open, true);
});

test("tcp: drop ends after what is queued; close ends all and frees the port", OPTIONS, async (t) => {
  const bench = await open(t);
  const [one, two] = [await dial(t, bench), await dial(t, bench)];
  one.write(message());
  two.write(message());
  await until(() => bench.packets.length === 2);
  const flow = bench.packets.find((p) => p.flow.port === one.localPort)?.flow;
  assert.ok(flow);
  const got = collect(one);
  bench.tcp.send(flow, "last words");
  bench.tcp.drop(flow);
  bench.tcp.drop(flow);
  await once(one, "close");
  assert.equal(got.text, "last words");
  const ended = once(two, "close");
  await bench.tcp.close();
  await ended;
  assert.deepEqual(
    bench.closed.map((c) => c.reason),
    ["host", "shutdown"],
  );
  const again = await open(t, { port: bench.tcp.listener.port });
  assert.equal(again.tcp.listener.port, bench.tcp.listener.port);
});

test("tcp: a message that closes its own connection ends the batch of that chunk", OPTIONS, async (t) => {
  const bench = await open(t);
  bench.onPacket = (flow) => bench.tcp.drop(flow);
  const socket = await dial(t, bench);
  socket.write(message().repeat(5));
  await once(socket, "close");
  assert.equal(bench.packets.length, 1);
});

test("tcp: what cannot be opened is a value with a sentence", OPTIONS, async (t) => {
  const { tcp } = await open(t);
  for (const [o, code, words] of [
    [{ port: tcp.listener.port }, "EADDRINUSE", `tcp 127.0.0.1:${tcp.listener.port} is already in use`],
    [{ address: "203.0.113.1" }, "EADDRNOTAVAIL", "tcp 203.0.113.1:0 is no address of this machine"],
    [{ address: "localhost" }, "EINVAL", "tcp localhost is not an address"],
  ] as const) {
    const all = { address: "127.0.0.1", port: 0, family: 4, index: 0, advertise: "", side: "public" } as const;
    const fault = await openTcp({ ...all, ...o }, { onPacket: () => {}, onClosed: () => {}, onFault: () => {} });
    assert.ok(isOpenFault(fault));
    assert.equal(fault.code, code);
    assert.ok(fault.message.startsWith(words), fault.message);
  }
});
