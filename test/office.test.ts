/** Many phones behind one address, over connections: only those on which nobody is registered count at the door. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import type { Address, Softphone } from "../src/demo/index.ts";
import { type Edge, listener, startEdge } from "./support/edge.ts";
import { until } from "./support/until.ts";

const CAP = 4;
const USERS = Array.from({ length: 3 * CAP }, (_, i) => `user-${i}`);
const start = (t: TestContext): Promise<Edge> =>
  startEdge(t, {
    users: USERS,
    sip: `tcp = { per_source = ${CAP} }`,
    listen: ["udp", "tcp", "tls"].map((transport) => listener(transport, "127.0.0.1:0")).join(""),
  });

/** Connections of the edge and how many it has turned away. */
async function doors(edge: Edge): Promise<{ readonly connections: number; readonly refused: number }> {
  const { connections, doors } = (await edge.command("status")) as { connections: number; doors: { refused: number } };
  return { connections, refused: doors.refused };
}

/** Connects and says nothing. */
async function lurk(t: TestContext, at: Address): Promise<void> {
  const socket = connect(at);
  t.after(() => socket.destroy());
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("connect", resolve);
  // Whoever is turned away may hear of it before he is in.
  socket.on("error", () => resolve());
  await promise;
}

for (const transport of ["tcp", "tls"] as const) {
  test(`${3 * CAP} phones on ${transport} where ${CAP} connections may come from one address`, async (t) => {
    const edge = await start(t);
    const phones: Softphone[] = [];
    for (const user of USERS) {
      const phone = await edge.phone(user, { edge: edge.at(transport), transport });
      assert.equal((await phone.register()).status, 200, user);
      phones.push(phone);
    }
    const [first, last] = [phones[0], phones[USERS.length - 1]];
    assert.equal((await first.call(last.aor).final).status, 200);
    assert.equal((await last.call(first.aor).final).status, 200);
    // Strangers of the same address have the places that phones have left, and no more.
    for (let i = 0; i < CAP + 2; i++) await lurk(t, edge.at(transport));
    await until("two are turned away", async () => (await doors(edge)).refused === 2);
    assert.equal((await last.register()).status, 200);
  });
}

test("one contact that moves from connection to connection holds the last of them alone", async (t) => {
  const edge = await start(t);
  const contact = "sip:user-0@192.0.2.7:5060;transport=tcp";
  for (let i = 0; i < CAP + 1; i++) {
    const phone = await edge.phone("user-0", { edge: edge.at("tcp"), transport: "tcp", contact });
    assert.equal((await phone.register()).status, 200);
  }
  assert.deepEqual(await doors(edge), { connections: CAP + 1, refused: 0 });
  await lurk(t, edge.at("tcp"));
  await until("the next is turned away", async () => (await doors(edge)).refused === 1);
  assert.equal((await doors(edge)).connections, CAP + 1);
});
