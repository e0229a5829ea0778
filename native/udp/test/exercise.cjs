// Walks through every path of the addon without a test runner, so that it can run under valgrind: IPv4, IPv6 and both on one
// socket, known and unknown local addresses, full batches, truncation, nonsense rows, an exception, close inside a batch.
const native = require("../build/Release/udp.node");

const ROW = 16;
const HAS_LOCAL = 2;

function open(address, onBatch, options = {}, slot = 512) {
  const slabs = [
    Buffer.alloc(64 * slot),
    new Int32Array(64 * ROW),
    Buffer.alloc(65_536, 120),
    new Int32Array(64 * ROW),
  ];
  const handle = native.open(address, { port: 0, ...options }, ...slabs, (n) => onBatch(n, ...slabs));
  return { handle, rxMeta: slabs[1], txMeta: slabs[3] };
}

/** Answers every datagram to where it came from, from where it came to. */
function echo(peer) {
  return (n, _rx, rxMeta, _tx, txMeta) => {
    txMeta.set(rxMeta.subarray(0, n * ROW));
    for (let row = 0; row < n * ROW; row += ROW) txMeta[row] = 0;
    peer().handle.send(n);
  };
}

/** `rounds` full batches from a client to an echoing server and back. */
function exchange(listen, family, words, options, rounds) {
  return new Promise((resolve) => {
    const server = open(
      listen,
      echo(() => server),
      { ...options, recvBuffer: 4_194_304 },
    );
    let back = 0;
    const client = open(family === 4 ? "127.0.0.1" : "::1", (n) => {
      back += n;
      if (back < 64 * rounds) return void (back % 64 === 0 && client.handle.send(64));
      client.handle.close();
      server.handle.stats();
      server.handle.close();
      resolve();
    });
    for (let row = 0; row < 64 * ROW; row += ROW) {
      client.txMeta.set([row, 300, family, server.handle.port, ...words], row);
    }
    client.handle.send(64);
  });
}

/** Datagrams longer than a slot, rows outside the slab, a callback that throws and then closes its own socket. */
function misbehave() {
  return new Promise((resolve) => {
    process.on("uncaughtException", () => {});
    let calls = 0;
    const small = open(
      "127.0.0.1",
      () => {
        calls++;
        if (calls === 1) throw new Error("on purpose");
        small.handle.close();
        small.handle.send(1);
        from.handle.close();
        resolve();
      },
      {},
      16,
    );
    const from = open("127.0.0.1", () => {});
    const nonsense = [
      [-1, 1],
      [65_537, 1],
      [65_536, 1],
      [0, -1],
      [65_000, 2_147_483_647],
    ];
    for (const [i, row] of nonsense.entries()) from.txMeta.set([...row, 4, small.handle.port, 0x7f000001], i * ROW);
    from.txMeta.set([0, 500, 4, small.handle.port, 0x7f000001], nonsense.length * ROW);
    from.txMeta.set([0, 1, 4, 9, 0x7f000001, 0, 0, 0, 0x01020304, 0, 0, 0, HAS_LOCAL], (nonsense.length + 1) * ROW);
    from.handle.send(nonsense.length + 2);
    setTimeout(() => from.handle.send(nonsense.length + 1), 20);
  });
}

async function main() {
  const rounds = Number(process.argv[2] ?? 20);
  for (const bad of [["nowhere"], ["127.0.0.1", {}, 1, 2, 3, 4, 5], ["203.0.113.1", { port: 0 }]]) {
    try {
      native.open(...bad);
    } catch {}
  }
  await exchange("127.0.0.1", 4, [0x7f000001], {}, rounds);
  await exchange("0.0.0.0", 4, [0x7f000002], {}, rounds);
  await exchange("::1", 6, [0, 0, 0, 1], {}, rounds);
  await exchange("::", 6, [0, 0, 0, 1], {}, rounds);
  await exchange("::", 4, [0x7f000001], { dualStack: true }, rounds);
  await misbehave();
  console.log(`exercised ${5 * rounds} batches`);
}

void main();
