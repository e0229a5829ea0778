/** RFC 3261 18.1.1: a request too large for a datagram goes by TCP where the next hop has it, and by UDP where it has not. */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { type TestContext, test } from "node:test";
import { isFailure } from "../src/base/index.ts";
import { check, H, type Message, parseMessage, reply, StreamFramer } from "../src/sip/index.ts";
import { DOMAIN, listener, startEdge } from "./support/edge.ts";

const NUMBER = `sip:0612345678@${DOMAIN}`;
const LARGE = "x".repeat(2_000);

/** A next hop that answers every request with 200, and tells how each one came. */
interface NextHop {
  readonly port: number;
  readonly came: { readonly by: "udp" | "tcp"; readonly m: Message }[];
}

function answer(hop: NextHop, by: "udp" | "tcp", text: string): string {
  const m = parseMessage(text);
  assert.ok(!isFailure(m) && check(m) === undefined, text);
  hop.came.push({ by, m });
  return reply(m, 200, { toTag: "pbx" });
}

async function openNextHop(t: TestContext, withTcp: boolean): Promise<NextHop> {
  const udp: Socket = createSocket("udp4");
  udp.bind(0, "127.0.0.1");
  await once(udp, "listening");
  t.after(() => udp.close());
  const { port } = udp.address();
  const hop: NextHop = { port, came: [] };
  udp.on("message", (bytes, from) => udp.send(answer(hop, "udp", bytes.toString("latin1")), from.port, from.address));
  if (withTcp) await openStream(t, hop);
  return hop;
}

async function openStream(t: TestContext, hop: NextHop): Promise<void> {
  const tcp: Server = createServer((socket) => {
    const framer = new StreamFramer();
    socket.on("error", () => {});
    t.after(() => socket.destroy());
    socket.on("data", (chunk) => {
      framer.push(chunk);
      for (let text = framer.next(); typeof text === "string"; text = framer.next()) {
        socket.write(answer(hop, "tcp", text), "latin1");
      }
    });
  });
  tcp.listen(hop.port, "127.0.0.1");
  await once(tcp, "listening");
  t.after(() => tcp.close());
}

/** Anna, behind an edge whose backend is this next hop. */
async function annaBefore(t: TestContext, hop: NextHop) {
  const backend = `[[backend]]\nname = "pbx"\nuri = "sip:127.0.0.1:${hop.port}"\n[front]\nregister = "edge"\n[probe]\ninterval = 0\n`;
  const edge = await startEdge(t, {
    users: ["anna"],
    listen: listener("udp", "127.0.0.1:0") + listener("tcp", "127.0.0.1:0") + backend,
  });
  const anna = await edge.phone("anna");
  assert.equal((await anna.register()).status, 200);
  return anna;
}

test("a large request goes by TCP where the next hop has it, a small one by UDP", async (t) => {
  const hop = await openNextHop(t, true);
  const anna = await annaBefore(t, hop);
  assert.equal((await anna.request("MESSAGE", NUMBER, LARGE)).status, 200);
  assert.equal((await anna.request("MESSAGE", NUMBER, "short")).status, 200);
  assert.deepEqual(
    hop.came.map((c) => [c.by, c.m.need(H.via).transport]),
    [
      ["tcp", "TCP"],
      ["udp", "UDP"],
    ],
  );
  assert.equal(hop.came[0].m.text.slice(hop.came[0].m.bodyStart), LARGE);
});

test("where the next hop takes no connection it goes by UDP, and the next one at once", async (t) => {
  const hop = await openNextHop(t, false);
  const anna = await annaBefore(t, hop);
  assert.equal((await anna.request("MESSAGE", NUMBER, LARGE)).status, 200);
  assert.equal((await anna.request("MESSAGE", NUMBER, LARGE)).status, 200);
  assert.deepEqual(
    hop.came.map((c) => [c.by, c.m.need(H.via).transport]),
    [
      ["udp", "UDP"],
      ["udp", "UDP"],
    ],
  );
});
