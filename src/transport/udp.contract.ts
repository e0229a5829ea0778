/** What every UDP adapter must do, run on each by udp.test.ts. A case that an adapter cannot do names the reason. */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { Flow } from "../base/index.ts";
import { isOpenFault, openUdp, type UdpOptions, type UdpTransport } from "./index.ts";

type Kind = "batch" | "dgram";

/** A transport that keeps what it was given, and closes with the test. */
export interface Bench {
  readonly udp: UdpTransport;
  readonly packets: { flow: Flow; text: string }[];
  ends: number;
  onPacket: (flow: Flow, text: string) => void;
}

export async function openBench(t: TestContext, adapter: Kind, o: Partial<UdpOptions> = {}): Promise<Bench> {
  const address = o.address ?? "127.0.0.1";
  const family = address.includes(":") ? 6 : 4;
  const rest = { port: 0, family, index: 3, advertise: "", side: "public", adapter } as const;
  const packets: Bench["packets"] = [];
  const bench = { packets, ends: 0, onPacket: (_flow: Flow, _text: string): void => {} };
  const udp = await openUdp(
    { ...rest, address, ...o },
    {
      onPacket: (flow, text) => {
        packets.push({ flow, text });
        bench.onPacket(flow, text);
      },
      onBatchEnd: () => {
        bench.ends++;
      },
    },
  );
  assert.ok(!isOpenFault(udp), JSON.stringify(udp));
  t.after(() => udp.close());
  return Object.assign(bench, { udp });
}

/** A plain peer that collects what it receives. */
export class Peer {
  readonly socket: Socket;
  readonly got: { text: string; from: string; port: number }[] = [];
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("message", (bytes, from) => {
      this.got.push({ text: bytes.toString("latin1"), from: from.address, port: from.port });
      this.#wake();
    });
  }
  get port(): number {
    return this.socket.address().port;
  }
  /** Sends and waits until the kernel has it. */
  send(text: string, port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.send(Buffer.from(text, "latin1"), port, host, (error) => (error ? reject(error) : resolve()));
    });
  }
  /** Resolves with the nth datagram (from 0). */
  async nth(n: number): Promise<{ text: string; from: string; port: number }> {
    while (this.got.length <= n) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.got[n];
  }
}

export async function openPeer(t: TestContext, address: string): Promise<Peer> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  socket.setRecvBufferSize(1_048_576);
  t.after(() => socket.close());
  return new Peer(socket);
}

const OPTIONS = "OPTIONS sip:a@b SIP/2.0\r\n\r\n";
const EVERY_BYTE = `OPTIONS ${Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("")}`;

/** Registers the suite for one adapter. */
export function udpContract(adapter: Kind): void {
  const should = (what: string, run: (t: TestContext) => Promise<void>, skip: string | false = false): void => {
    void test(`udp ${adapter}: ${what}`, { skip, timeout: 20_000 }, run);
  };

  for (const [listen, from, shown] of [
    ["127.0.0.1", "127.0.0.1", "127.0.0.1"],
    ["0.0.0.0", "127.0.0.1", "127.0.0.1"],
    ["::1", "::1", "[::1]"],
    ["::", "::1", "[::1]"],
  ] as const) {
    should(`a peer at ${from} is heard and answered on ${listen}, every byte exact`, async (t) => {
      const { udp, packets } = await openBench(t, adapter, { address: listen });
      const peer = await openPeer(t, from);
      await peer.send(EVERY_BYTE, udp.listener.port, from);
      while (packets.length === 0) await new Promise(setImmediate);
      const { flow, text } = packets[0];
      assert.equal(text, EVERY_BYTE);
      assert.equal(flow.host, from);
      assert.equal(flow.port, peer.port);
      assert.equal(flow.sentBy, `${shown}:${udp.listener.port}`);
      assert.equal(flow.listener, udp.listener);
      assert.deepEqual(
        [flow.transport, flow.reliable, flow.open, flow.family],
        ["udp", false, true, from.includes(":") ? 6 : 4],
      );
      udp.send(flow, EVERY_BYTE);
      udp.flush();
      assert.deepEqual(await peer.nth(0), { text: EVERY_BYTE, from, port: udp.listener.port });
    });
  }

  should("the listener tells what was asked and what was bound", async (t) => {
    const { udp } = await openBench(t, adapter, { advertise: "sip.example.org", side: "private" });
    const { port, ...rest } = udp.listener;
    assert.ok(port > 0);
    assert.deepEqual(rest, {
      index: 3,
      transport: "udp",
      family: 4,
      address: "127.0.0.1",
      advertise: "sip.example.org",
      side: "private",
    });
    assert.equal(udp.kind, adapter);
    assert.equal(udp.flowTo("127.0.0.1", 5060).sentBy, `sip.example.org:${port}`);
  });

  should("one peer is one flow, whoever speaks first", async (t) => {
    const bench = await openBench(t, adapter);
    const [a, b] = [await openPeer(t, "127.0.0.1"), await openPeer(t, "127.0.0.1")];
    const port = bench.udp.listener.port;
    const toA = bench.udp.flowTo("127.0.0.1", a.port);
    await a.send(OPTIONS, port, "127.0.0.1");
    await b.send(OPTIONS, port, "127.0.0.1");
    await a.send(OPTIONS, port, "127.0.0.1");
    while (bench.packets.length < 3) await new Promise(setImmediate);
    const [first, second, third] = bench.packets.map((p) => p.flow);
    assert.equal(first, toA);
    assert.equal(third, toA);
    assert.notEqual(second.id, first.id);
    assert.equal(bench.udp.flowTo("127.0.0.1", b.port), second);
    assert.equal(bench.udp.stats().peers, 2);
  });

  should("what is sent in onPacket leaves with the batch, outside it waits for flush", async (t) => {
    const bench = await openBench(t, adapter);
    const peer = await openPeer(t, "127.0.0.1");
    const port = bench.udp.listener.port;
    bench.onPacket = (flow) => bench.udp.send(flow, "inside");
    bench.udp.send(bench.udp.flowTo("127.0.0.1", peer.port), "waiting");
    const before = bench.udp.stats().sent;
    await peer.send(OPTIONS, port, "127.0.0.1");
    assert.equal((await peer.nth(0)).text, "waiting");
    assert.equal((await peer.nth(1)).text, "inside");
    assert.equal(before, 0);
    assert.equal(bench.ends, 1);
    bench.udp.send(bench.udp.flowTo("127.0.0.1", peer.port), "outside");
    bench.udp.flush();
    assert.equal((await peer.nth(2)).text, "outside");
    bench.udp.flush();
    assert.equal(bench.udp.stats().sent, 3);
  });

  should("more than a batch can be sent for one packet, in order", async (t) => {
    const bench = await openBench(t, adapter);
    const peer = await openPeer(t, "127.0.0.1");
    bench.onPacket = (flow) => {
      for (let i = 0; i < 150; i++) bench.udp.send(flow, `${i}`);
      // More than the slab holds.
      for (let i = 150; i < 155; i++) bench.udp.send(flow, `${i} ${"x".repeat(60_000)}`);
    };
    await peer.send(OPTIONS, bench.udp.listener.port, "127.0.0.1");
    await peer.nth(154);
    assert.deepEqual(
      peer.got.map((g) => Number.parseInt(g.text, 10)),
      Array.from({ length: 155 }, (_, i) => i),
    );
  });

  for (const [address, longest] of [
    ["127.0.0.1", 65_507],
    ["::1", 65_527],
  ] as const) {
    should(`${longest} bytes pass both ways on ${address}, one more is refused and counted`, async (t) => {
      const bench = await openBench(t, adapter, { address });
      const peer = await openPeer(t, address);
      const text = "OPTIONS ".padEnd(longest, "x");
      bench.onPacket = (flow, got) => bench.udp.send(flow, got);
      // node:dgram refuses more than 65,507 itself where libuv asks for IPv4's limit; the kernel decides here.
      await peer.send(text, bench.udp.listener.port, address);
      assert.equal((await peer.nth(0)).text, text);
      bench.udp.send(bench.packets[0].flow, `${text}y`);
      bench.udp.send(bench.packets[0].flow, "short");
      bench.udp.flush();
      assert.equal((await peer.nth(1)).text, "short");
      assert.equal(bench.udp.stats().tooLong, 1);
    });
  }

  should("keep-alives and junk never reach onPacket", async (t) => {
    const bench = await openBench(t, adapter);
    const peer = await openPeer(t, "127.0.0.1");
    const stun = "\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl";
    for (const text of ["\r\n\r\n", "\r\n", "", "\0\0\0\0", "jaK", "\x80", stun, "\0".repeat(30), OPTIONS]) {
      await peer.send(text, bench.udp.listener.port, "127.0.0.1");
    }
    while (bench.packets.length === 0) await new Promise(setImmediate);
    assert.equal(bench.packets[0].text, OPTIONS);
    // RFC 5626 4.4.1: the answer to a double CRLF; RFC 5389 15.2: the port, exclusive-or the cookie.
    assert.equal((await peer.nth(0)).text, "\r\n");
    const answer = Buffer.from((await peer.nth(1)).text, "latin1");
    assert.equal(answer.readUInt16BE(0), 0x0101);
    assert.equal(answer.readUInt16BE(26) ^ 0x2112, peer.port);
    const { keepAlives, junk, received } = bench.udp.stats();
    assert.deepEqual([keepAlives, junk, received], [5, 3, 9]);
  });

  should("a socket closed in a batch gives no more packets and its port is free", async (t) => {
    const bench = await openBench(t, adapter);
    const peer = await openPeer(t, "127.0.0.1");
    const port = bench.udp.listener.port;
    const closed = new Promise<void>((resolve) => {
      bench.onPacket = () => resolve(bench.udp.close());
    });
    // Blocks the loop until all are in the kernel: they come as one batch where there are batches.
    await Promise.all(Array.from({ length: 20 }, () => peer.send(OPTIONS, port, "127.0.0.1")));
    await closed;
    const again = await openBench(t, adapter, { port });
    await peer.send(OPTIONS, port, "127.0.0.1");
    while (again.packets.length === 0) await new Promise(setImmediate);
    assert.equal(bench.packets.length, 1);
    assert.equal(bench.ends, 0);
    bench.udp.send(bench.packets[0].flow, "late");
    bench.udp.flush();
    await bench.udp.close();
    assert.ok(bench.udp.stats().received >= 1);
  });

  should("a send that fails is counted and the next one leaves", async (t) => {
    const bench = await openBench(t, adapter);
    const peer = await openPeer(t, "127.0.0.1");
    // Port 0 is nobody's; the kernel refuses it.
    bench.udp.send(bench.udp.flowTo("127.0.0.1", 0), "nobody");
    bench.udp.send(bench.udp.flowTo("127.0.0.1", peer.port), "somebody");
    bench.udp.flush();
    assert.equal((await peer.nth(0)).text, "somebody");
    while (bench.udp.stats().errors === 0) await new Promise(setImmediate);
    assert.equal(bench.udp.stats().errors, 1);
  });

  should("a peer whose port is closed does not disturb the others", async (t) => {
    const bench = await openBench(t, adapter);
    const peer = await openPeer(t, "127.0.0.1");
    const gone = await openPeer(t, "127.0.0.1");
    const port = gone.port;
    await new Promise<void>((resolve) => gone.socket.close(() => resolve()));
    gone.socket.close = () => gone.socket;
    for (let i = 0; i < 10; i++) {
      // The ICMP error of the first would come back with the second.
      bench.udp.send(bench.udp.flowTo("127.0.0.1", port), "nobody");
      bench.udp.flush();
      bench.udp.send(bench.udp.flowTo("127.0.0.1", peer.port), `${i}`);
      bench.udp.flush();
    }
    await peer.nth(9);
    assert.deepEqual(
      peer.got.map((g) => g.text),
      Array.from({ length: 10 }, (_, i) => `${i}`),
    );
    assert.equal(bench.udp.stats().errors, 0);
  });

  should("on a dual stack socket an IPv4 peer is IPv4", async (t) => {
    const bench = await openBench(t, adapter, { address: "::", dualStack: true });
    const peer = await openPeer(t, "127.0.0.1");
    bench.onPacket = (flow) => bench.udp.send(flow, "pong");
    await peer.send(OPTIONS, bench.udp.listener.port, "127.0.0.1");
    const answer = await peer.nth(0);
    const { flow } = bench.packets[0];
    assert.deepEqual([flow.host, flow.family, answer.from], ["127.0.0.1", 4, "127.0.0.1"]);
    assert.equal(flow.sentBy, `127.0.0.1:${bench.udp.listener.port}`);
    bench.udp.send(bench.udp.flowTo("127.0.0.1", peer.port), "by address");
    bench.udp.flush();
    assert.equal((await peer.nth(1)).text, "by address");
  });

  should("what cannot be opened is a value with a sentence", async (t) => {
    const { udp } = await openBench(t, adapter);
    for (const [o, code, words] of [
      [{ port: udp.listener.port }, "EADDRINUSE", `udp 127.0.0.1:${udp.listener.port} is already in use`],
      [{ address: "203.0.113.1" }, "EADDRNOTAVAIL", "udp 203.0.113.1:0 is no address of this machine"],
      [{ address: "localhost" }, "EINVAL", "udp localhost is not an address"],
    ] as const) {
      const all = {
        address: "127.0.0.1",
        port: 0,
        family: 4,
        index: 0,
        advertise: "",
        side: "public",
        adapter,
      } as const;
      const fault = await openUdp({ ...all, ...o }, { onPacket: () => {}, onBatchEnd: () => {} });
      assert.ok(isOpenFault(fault));
      assert.equal(fault.code, code);
      assert.ok(fault.message.startsWith(words), fault.message);
    }
  });

  should("two sockets may share a port when both say so", async (t) => {
    const a = await openBench(t, adapter, { reusePort: true });
    const b = await openBench(t, adapter, { reusePort: true, port: a.udp.listener.port });
    assert.equal(b.udp.listener.port, a.udp.listener.port);
    for (let i = 0; i < 64; i++) {
      const peer = await openPeer(t, "127.0.0.1");
      await peer.send(OPTIONS, a.udp.listener.port, "127.0.0.1");
    }
    while (a.packets.length + b.packets.length < 64) await new Promise(setImmediate);
    // By the kernel's hash of 64 ports: that all fall to one side is one in 2^63.
    assert.ok(a.packets.length > 0 && b.packets.length > 0);
  });

  const why = adapter === "dgram" ? "node:dgram does not tell the local address" : false;
  should(
    "on a wildcard the answer leaves from where the question came to",
    async (t) => {
      const bench = await openBench(t, adapter, { address: "0.0.0.0" });
      const port = bench.udp.listener.port;
      const peer = await openPeer(t, "127.0.0.1");
      bench.onPacket = (flow) => bench.udp.send(flow, `at ${flow.sentBy}`);
      for (const [i, local] of ["127.0.0.2", "127.0.0.1", "127.0.0.3"].entries()) {
        await peer.send(OPTIONS, port, local);
        assert.deepEqual(await peer.nth(i), { text: `at ${local}:${port}`, from: local, port });
      }
      // Same peer, three ways to it.
      assert.equal(new Set(bench.packets.map((p) => p.flow.id)).size, 3);
    },
    why,
  );
}
