import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { build, load, type Measured } from "../../bench/load.ts";
import { parseMessage, reply } from "../../src/sip/index.ts";
import { freePort, needs } from "./support/programs.ts";

// The figures of bench/ are worth what its generator notices: here are servers that do wrong, each in its own way.
const debian = needs("cc", "gcc");

/** A server that answers each datagram with what `answer` gives; undefined for silence. */
async function server(t: TestContext, answer: (text: string) => string | undefined): Promise<number> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => {
    const text = answer(bytes.toString("latin1"));
    if (text !== undefined) socket.send(Buffer.from(text, "latin1"), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  return socket.address().port;
}

function answered(text: string, status: number): string {
  const m = parseMessage(text);
  assert.ok("isRequest" in m);
  return reply(m, status, {});
}

async function measure(port: number, mode: "options" | "register", seconds = 0.5): Promise<Measured> {
  const calleePort = await freePort();
  const callerPort = await freePort();
  return load({
    mode,
    port,
    calleePort,
    callerPort,
    pids: [process.pid],
    accounts: 100,
    seconds,
    warmup: 0,
    inflight: 4,
  });
}

test("the load generator", debian, async (t) => {
  build();

  await t.test("counts right answers", async (t) => {
    const m = await measure(await server(t, (text) => answered(text, 200)), "options");
    assert.ok(m.done > 100);
    assert.deepEqual([m.lost, m.errors, m.late, m.retransmitted], [0, 0, 0, 0]);
    assert.ok(m.p50 > 0 && m.p50 <= m.p99 && m.p99 <= m.p999 && m.p999 <= m.max);
  });

  await t.test("counts another status as wrong, and says it", async (t) => {
    const m = await measure(await server(t, (text) => answered(text, 500)), "options");
    assert.equal(m.done, 0);
    assert.ok(m.errors > 0);
    assert.match(m.first_error, /^SIP\/2.0 500/);
  });

  await t.test("counts a REGISTER that is let in without a password as wrong", async (t) => {
    const m = await measure(await server(t, (text) => answered(text, 200)), "register");
    assert.equal(m.done, 0);
    assert.ok(m.errors > 0);
  });

  await t.test("does not take the answer to another request", async (t) => {
    const swap = (text: string): string => text.replace(/^CSeq: 1 /m, "CSeq: 7 ");
    const m = await measure(await server(t, (text) => swap(answered(text, 200))), "options");
    assert.equal(m.done, 0);
    assert.match(m.first_error, /CSeq of another/);
  });

  await t.test("sends again what was lost once, and then it is no loss", async (t) => {
    const seen = new Set<string>();
    const second = (text: string): string | undefined => {
      const branch = /branch=(\S+)/.exec(text)?.[1] ?? "";
      const again = seen.has(branch);
      seen.add(branch);
      return again ? answered(text, 200) : undefined;
    };
    const m = await measure(await server(t, second), "options", 1.2);
    assert.deepEqual([m.lost, m.errors], [0, 0]);
    assert.ok(m.done > 0 && m.retransmitted >= m.done);
    assert.ok(m.p50 > 450, `${m.p50} ms`);
  });

  await t.test("counts what is never answered as lost", async (t) => {
    const m = await measure(await server(t, () => undefined), "options");
    assert.deepEqual([m.done, m.lost], [0, 4]);
  });
});
