/** What only the addon can do, and what it must survive. Skipped as a whole where it is not built. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { type TestContext, test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { hasBatch, openBatch } from "./batch.ts";
import { isOpenFault } from "./fault.ts";
import {
  BATCH,
  type BatchSocket,
  FAMILY,
  FLAGS,
  HAS_LOCAL,
  LENGTH,
  newSlabs,
  OFFSET,
  PEER,
  PORT,
  ROW,
  type Slabs,
  type SocketOptions,
  TRUNCATED,
} from "./socket.ts";
import { openPeer } from "./udp.contract.ts";

const FILE = "../../native/udp/build/Release/udp.node";
const LOOPBACK = 0x7f000001;
const OPTIONS = { timeout: 30_000, skip: hasBatch() ? false : "the addon is not built on this machine" };

interface Open {
  readonly socket: BatchSocket;
  readonly slabs: Slabs;
  onBatch: (n: number) => void;
}

async function open(t: TestContext, options: Partial<SocketOptions> = {}, slabs = newSlabs()): Promise<Open> {
  const box = { slabs, onBatch: (_: number): void => {} };
  const socket = await openBatch("127.0.0.1", { port: 0, ...options }, slabs, (n) => box.onBatch(n));
  assert.ok(!isOpenFault(socket), JSON.stringify(socket));
  t.after(() => socket.close());
  return Object.assign(box, { socket });
}

/** n rows that all say "x" to a port. */
function aimAll(slabs: Slabs, n: number, port: number, length = 1): void {
  slabs.tx.fill("x", 0, length);
  for (let row = 0; row < n * ROW; row += ROW) {
    slabs.txMeta.fill(0, row, row + ROW);
    slabs.txMeta[row + LENGTH] = length;
    slabs.txMeta[row + FAMILY] = 4;
    slabs.txMeta[row + PORT] = port;
    slabs.txMeta[row + PEER] = LOOPBACK;
  }
}

test("batch: what comes together is one batch, rows in order", OPTIONS, async (t) => {
  const [a, b] = [await open(t), await open(t)];
  const batches: number[] = [];
  const all = new Promise<void>((resolve) => {
    b.onBatch = (n) => {
      batches.push(n);
      for (let i = 0; i < n; i++) {
        const at = b.slabs.rxMeta[i * ROW + OFFSET];
        assert.equal(b.slabs.rx[at], 48 + i);
        assert.equal(b.slabs.rxMeta[i * ROW + PEER], LOOPBACK);
        assert.equal(b.slabs.rxMeta[i * ROW + PORT], a.socket.port);
      }
      if (batches.length === 2) resolve();
    };
  });
  aimAll(a.slabs, BATCH, b.socket.port);
  for (let i = 0; i < BATCH; i++) {
    a.slabs.tx[i] = 48 + i;
    a.slabs.txMeta[i * ROW + OFFSET] = i;
  }
  assert.equal(a.socket.send(BATCH), BATCH);
  assert.equal(a.socket.send(10), 10);
  await all;
  assert.deepEqual(batches, [64, 10]);
});

test("batch: at most 4 rounds per wake-up, so timers get their turn in a flood", OPTIONS, async (t) => {
  const flood = await open(t);
  aimAll(flood.slabs, BATCH, flood.socket.port);
  let rounds = 0;
  let most = 0;
  // Feeds itself: there is always a full batch to read.
  flood.onBatch = () => {
    rounds++;
    most = Math.max(most, rounds);
    flood.socket.send(BATCH);
  };
  flood.socket.send(BATCH);
  flood.socket.send(BATCH);
  for (let turn = 0; turn < 20; turn++) {
    await new Promise(setImmediate);
    rounds = 0;
  }
  await flood.socket.close();
  assert.equal(most, 4);
});

test("batch: a datagram longer than its slot is marked", OPTIONS, async (t) => {
  const small = await open(t, {}, newSlabs(1_024));
  const seen: [number, number][] = [];
  const done = new Promise<void>((resolve) => {
    small.onBatch = (n) => {
      for (let i = 0; i < n; i++) {
        const { rxMeta } = small.slabs;
        seen.push([rxMeta[i * ROW + LENGTH], rxMeta[i * ROW + FLAGS] & TRUNCATED]);
      }
      if (seen.length === 2) resolve();
    };
  });
  const from = await open(t);
  aimAll(from.slabs, 1, small.socket.port, 1_024);
  from.socket.send(1);
  aimAll(from.slabs, 1, small.socket.port, 1_025);
  from.socket.send(1);
  await done;
  assert.deepEqual(seen, [
    [1_024, 0],
    [1_024, TRUNCATED],
  ]);
});

test("batch: what the kernel throws away is counted, at once", OPTIONS, async (t) => {
  const slow = await open(t, { recvBuffer: 4_096 });
  const from = await open(t);
  aimAll(from.slabs, BATCH, slow.socket.port, 500);
  // Nobody reads while this turn lasts.
  for (let i = 0; i < 8; i++) from.socket.send(BATCH);
  const { kernelDrops } = slow.socket.stats();
  let received = 0;
  slow.onBatch = (n) => {
    received += n;
  };
  while (received + kernelDrops < 8 * BATCH) await new Promise(setImmediate);
  assert.ok(kernelDrops > 0);
  assert.equal(received + kernelDrops, 8 * BATCH);
});

test("batch: buffers are as large as asked, forced where we may", OPTIONS, async (t) => {
  const { socket } = await open(t, { recvBuffer: 300_000, sendBuffer: 200_000, dscp: 24 });
  const { recvBuffer, sendBuffer } = socket.stats();
  // The kernel doubles, for its own book-keeping; without rights the limit is net.core.rmem_max.
  assert.ok(recvBuffer >= 200_000 && sendBuffer >= 200_000, `${recvBuffer} ${sendBuffer}`);
});

/**
 * On loopback the send buffer never fills: the receiver is charged. It fills where a neighbour does not answer, so this runs
 * in a network namespace of its own. Prints what send() gave for 128 datagrams and one more once the wire is gone, and the counters.
 */
const FULL = `
const { execFileSync } = require("node:child_process");
const ip = (line) => execFileSync("ip", line.split(" "));
for (const line of ["link set lo up", "link add v0 type veth peer name v1", "addr add 10.9.8.1/24 dev v0",
  "link set v0 up", "link set v1 up"]) ip(line);
const rows = new Int32Array(1024);
const slabs = [Buffer.alloc(64 * 64), new Int32Array(1024), Buffer.alloc(4096), rows];
const socket = require(process.argv[1]).open("0.0.0.0", { port: 0, sendBuffer: 9216 }, ...slabs, () => {});
const aim = (address) => {
  for (let i = 0; i < 64; i++) rows.set([0, 1000, 4, 5060, address], i * 16);
};
aim(0x0a090802);
const sent = socket.send(64) + socket.send(64);
ip("link del v0");
aim(0x7f000001);
const more = socket.send(1);
console.log(JSON.stringify({ ...socket.stats(), sent, more }));
socket.close();
`;
/** util-linux, where there is one; a machine without it skips the test. */
const UNSHARE = "unshare";
const NAMESPACE = spawnSync(UNSHARE, ["-rn", "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"]);

test(
  "batch: a full send buffer drops and counts, and what follows still leaves",
  OPTIONS.skip || NAMESPACE.status === 0 ? OPTIONS : { skip: "no network namespace may be made here" },
  () => {
    const file = createRequire(import.meta.url).resolve(FILE);
    const run = spawnSync(UNSHARE, ["-rn", process.execPath, "-e", FULL, file], { encoding: "utf8" });
    assert.equal(run.status, 0, run.stderr);
    const { sent, more, dropped, errors } = JSON.parse(run.stdout);
    assert.ok(sent > 0 && dropped > 0, run.stdout);
    assert.deepEqual([sent + dropped, errors, more], [128, 0, 1]);
  },
);

test("batch: rows that are nonsense are counted and never sent", OPTIONS, async (t) => {
  const from = await open(t);
  const to = await openPeer(t, "127.0.0.1");
  const size = from.slabs.tx.length;
  const bad: [number, number][] = [
    [OFFSET, size + 1],
    [OFFSET, -1],
    [LENGTH, size + 1],
    [LENGTH, -1],
    [FAMILY, 0],
    [FAMILY, 6],
    [PORT, 0],
    [PORT, 65_536],
    [PORT, -1],
    // 127.0.0.1 may not send from an address that is not ours.
    [FLAGS, HAS_LOCAL],
  ];
  aimAll(from.slabs, bad.length + 1, to.port);
  bad.forEach(([column, value], i) => {
    from.slabs.txMeta[i * ROW + column] = value;
  });
  from.slabs.txMeta[(bad.length - 1) * ROW + 8] = 0x01020304;
  assert.equal(from.socket.send(bad.length + 1), 1);
  assert.equal(from.socket.stats().errors, bad.length);
  assert.equal((await to.nth(0)).text, "x");
});

test("batch: wrong arguments and a wrong this are refused, whatever they are", OPTIONS, async (t) => {
  const native = createRequire(import.meta.url)(FILE);
  const { rx, rxMeta, tx, txMeta } = newSlabs();
  const good: unknown[] = ["127.0.0.1", { port: 0 }, rx, rxMeta, tx, txMeta, () => {}];
  for (const [at, wrong] of [
    [0, 7],
    [1, undefined],
    [2, undefined],
    [2, new Uint8Array(63)],
    [2, rxMeta],
    [2, new DataView(new ArrayBuffer(100))],
    [3, rx],
    [3, new Int32Array(BATCH * ROW - 1)],
    [4, "slab"],
    [5, []],
    [6, {}],
  ] as const) {
    assert.throws(() => native.open(...good.with(at, wrong)), TypeError, `argument ${at}`);
  }
  assert.throws(() => native.open(), TypeError);
  assert.throws(() => native.open("127.0.0.1".padEnd(500, "0"), ...good.slice(1)), { code: "EINVAL" });
  const handle = native.open(...good);
  t.after(() => handle.close());
  for (const self of [undefined, {}, 7, native]) {
    for (const method of ["send", "close", "stats"]) assert.throws(() => handle[method].call(self, 1), TypeError);
  }
  for (const n of [-1, 65, "many", undefined]) assert.throws(() => handle.send(n), RangeError);
  assert.equal(handle.send(0), 0);
  handle.close();
  handle.close();
  assert.equal(handle.send(1), 0);
});

test("batch: closed handles are collected, open ones never are", OPTIONS, async (t) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const from = await open(t);
  let heard = 0;
  const ports: number[] = [];
  for (let i = 0; i < 20; i++) {
    const socket = await openBatch("127.0.0.1", { port: 0 }, newSlabs(1_024), () => {
      heard++;
    });
    assert.ok(!isOpenFault(socket));
    if (i < 18) await socket.close();
    else {
      ports.push(socket.port);
      t.after(() => socket.close());
    }
  }
  for (let i = 0; i < 5; i++) {
    collect();
    await new Promise(setImmediate);
  }
  for (const port of ports) {
    aimAll(from.slabs, 1, port);
    from.socket.send(1);
  }
  while (heard < 2) await new Promise(setImmediate);
});

test("batch: what onBatch throws is an uncaught exception, and the socket lives on", OPTIONS, async (t) => {
  const [a, b] = [await open(t), await open(t)];
  const caught: unknown[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => caught.push(error));
  t.after(() => {
    process.removeAllListeners("uncaughtException");
    for (const listener of others) process.on("uncaughtException", listener);
  });
  let calls = 0;
  b.onBatch = () => {
    calls++;
    if (calls === 1) throw new RangeError("ours");
  };
  aimAll(a.slabs, 1, b.socket.port);
  a.socket.send(1);
  while (calls < 1) await new Promise(setImmediate);
  a.socket.send(1);
  while (calls < 2) await new Promise(setImmediate);
  assert.deepEqual(caught, [new RangeError("ours")]);
});

/** Few enough for a receive buffer of the system's default size. */
const EACH = 4;
/** Listens on a shared port, counts, and answers; ends when told, or never. */
const WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
const native = require(workerData.file);
const slabs = [Buffer.alloc(64 * 2048), new Int32Array(1024), Buffer.alloc(4096), new Int32Array(1024)];
let heard = 0;
const socket = native.open("127.0.0.1", { port: workerData.port, reusePort: true }, ...slabs, (n) => {
  heard += n;
  parentPort.postMessage(heard);
});
parentPort.postMessage("open");
parentPort.on("message", () => { socket.close(); parentPort.close(); });
`;

test("batch: two worker threads load the addon and share a port; one is killed in the middle", OPTIONS, async (t) => {
  const file = createRequire(import.meta.url).resolve(FILE);
  const first = await open(t, { reusePort: true });
  const port = first.socket.port;
  await first.socket.close();
  const heard = [0, 0];
  const workers = heard.map((_, i) => {
    const worker = new Worker(WORKER, { eval: true, workerData: { file, port } });
    worker.on("message", (n) => {
      if (typeof n === "number") heard[i] = n;
    });
    return worker;
  });
  await Promise.all(workers.map((w) => once(w, "message")));
  // Who sends from many ports reaches both.
  const senders = await Promise.all(Array.from({ length: 32 }, () => open(t, {}, newSlabs(64))));
  const sendAll = (): void => {
    for (const s of senders) {
      aimAll(s.slabs, EACH, port);
      s.socket.send(EACH);
    }
  };
  sendAll();
  while (heard[0] + heard[1] < 32 * EACH) await later(1);
  assert.ok(heard[0] > 0 && heard[1] > 0);
  sendAll();
  // Its socket is open and busy: the thread's end closes it.
  await workers[0].terminate();
  const before = heard[1];
  sendAll();
  while (heard[1] < before + 32 * EACH) await later(1);
  workers[1].postMessage("close");
  await once(workers[1], "exit");
  const again = await open(t, { port });
  assert.equal(again.socket.port, port);
});
