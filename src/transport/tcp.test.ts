import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { type CloseReason, isOpenFault, openTcp } from "./index.ts";
import { collect, dial, message, OPTIONS, open, until } from "./tcp.fixture.ts";

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
  // RFC 5923 8.2 again: behind one NAT or on one machine, the port that somebody else is connected from is his.
  const victim = await dial(t, bench);
  victim.write(message());
  await until(() => bench.packets.length === 3);
  const third = bench.packets[2].flow;
  assert.equal(bench.tcp.addAlias(second, "127.0.0.1", third.port), false);
  assert.equal(bench.tcp.flowTo("127.0.0.1", third.port), third);
  victim.destroy();
  await until(() => !third.open);
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
