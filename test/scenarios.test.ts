/** Scenarios that need more than one source, or connections, in the whole daemon: each with those who must not be harmed by it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { Address } from "../src/demo/index.ts";
import { DOMAIN, type Edge, listener, startEdge } from "./support/edge.ts";
import { until } from "./support/until.ts";

const OFFICE = "127.0.0.80";
const SLOW = "127.0.0.70";
const AGENT = "User-Agent: Desk Phone 1.0\r\n";

interface Ban {
  readonly source: string;
  readonly account: string;
  readonly action: string;
  readonly reason: string;
}

async function bans(edge: Edge): Promise<readonly Ban[]> {
  return ((await edge.command("bans.list")) as { bans: readonly Ban[] }).bans;
}

/** A phone elsewhere registers once, with this password or the right one; the status that it gets. */
async function registers(edge: Edge, local: string, user: string, password?: string): Promise<number> {
  const phone = await edge.phone(user, { local, t1: 50, ...(password === undefined ? {} : { password }) });
  return (await phone.register(3600, AGENT)).status;
}

test("distributed guessing: the account is guarded, nobody banned; who is registered goes on, other accounts too", async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert"], top: 'mode = "enforce"' });
  const anna = await edge.phone("anna", { local: OFFICE });
  assert.equal((await anna.register()).status, 200);
  for (let i = 0; i < 9; i++) assert.equal(await registers(edge, `127.0.1.${10 + i}`, "anna", `guess-${i}`), 401);
  assert.deepEqual(await bans(edge), [], "nine are none");
  await registers(edge, "127.0.1.30", "anna", "guess-9");
  await until("anna is guarded", async () => (await bans(edge)).length > 0);
  const [{ source, account, action, reason }] = await bans(edge);
  assert.deepEqual([source, account, action, reason], ["", `anna@${DOMAIN}`, "guard", "distributed-guessing"]);

  assert.equal(await registers(edge, "127.0.1.40", "anna", "guess-10"), 401, "the one try of this minute");
  assert.equal(
    await registers(edge, "127.0.1.41", "anna"),
    401,
    "not looked at, and who guesses does not learn that it was right",
  );
  assert.equal((await anna.register()).status, 200);
  assert.equal(await registers(edge, "127.0.1.41", "bert"), 200);
  assert.equal((await bans(edge)).length, 1);
  await edge.command("bans.remove", { target: "anna" });
  assert.equal(await registers(edge, "127.0.1.41", "anna"), 200);
});

test("distributed guessing: an office whose own phones have an old password is no attack from many places", async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert"], top: 'mode = "enforce"' });
  assert.equal(await registers(edge, OFFICE, "bert"), 200);
  const tries = Array.from({ length: 12 }, () => registers(edge, OFFICE, "anna", "of last year").catch(() => 0));
  await Promise.all(tries);
  await until("the phone is named", async () => (await bans(edge)).length > 0);
  assert.deepEqual(
    (await bans(edge)).map((b) => [b.source, b.account, b.action]),
    [[OFFICE, `anna@${DOMAIN}`, "mute"]],
  );
  assert.equal(await registers(edge, "127.0.1.41", "anna"), 200, "from elsewhere the account is used as before");
});

/** Connections that begin a request and say nothing more, until the edge ends them. */
async function halfMessages(t: TestContext, at: Address, localAddress: string, count: number): Promise<void> {
  const sockets = Array.from({ length: count }, (): Socket => connect({ ...at, localAddress }));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(
    sockets.map(async (socket) => {
      socket.on("error", () => {});
      socket.resume();
      socket.write(`OPTIONS sip:${DOMAIN} SIP/2.0\r\nVia: `);
      await once(socket, "close");
    }),
  );
}

const SHORT = { users: ["anna"], top: 'mode = "enforce"', sip: "tcp.half_message = 1" };
const STREAMS = ["udp", "tcp"].map((transport) => listener(transport, "127.0.0.1:0")).join("");

test("slow connections: ten that never finish a message are banned, over UDP too", { timeout: 30_000 }, async (t) => {
  const edge = await startEdge(t, { ...SHORT, listen: STREAMS });
  await halfMessages(t, edge.tcp4, SLOW, 10);
  await until("it is banned", async () => (await bans(edge)).length > 0);
  const [{ source, action, reason }] = await bans(edge);
  assert.deepEqual([source, action, reason], [SLOW, "ban", "slow-connection"]);
  const phone = await edge.phone("anna", { local: SLOW, t1: 10 });
  await assert.rejects(phone.register(), /no answer/);
  assert.equal(await registers(edge, OFFICE, "anna"), 200);
});

test("slow connections: nine on a bad line are none, nor are any where somebody is known", {
  timeout: 30_000,
}, async (t) => {
  const edge = await startEdge(t, { ...SHORT, listen: STREAMS });
  await halfMessages(t, edge.tcp4, SLOW, 9);
  const phone = await edge.phone("anna", { local: SLOW, transport: "tcp", edge: edge.tcp4 });
  assert.equal((await phone.register()).status, 200);
  assert.deepEqual(await bans(edge), []);
  await halfMessages(t, edge.tcp4, SLOW, 3);
  await until("it is told", async () => (await bans(edge)).length > 0);
  assert.equal((await bans(edge))[0].action, "mute", "those without standing there, and nobody else");
  assert.equal((await phone.register()).status, 200);
});
