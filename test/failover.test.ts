/** Two backends under 50 calls a second, and one of them is gone from one moment to the next. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openPhone, type Softphone } from "../src/demo/index.ts";
import { runProgram } from "./support/child.ts";
import { DOMAIN, type Edge, listener, scratch, startEdge } from "./support/edge.ts";
import { until } from "./support/until.ts";

const NUMBER = `sip:0612345678@${DOMAIN}`;

interface View {
  readonly name: string;
  readonly up: boolean;
  readonly draining: boolean;
}

async function withTwo(t: TestContext, folder = scratch(t)) {
  const towards = { host: "127.0.0.1", port: 9 };
  const open = (name: string): Promise<Softphone> =>
    openPhone({ name, user: name, domain: DOMAIN, password: "", edge: towards, t1: 100 });
  const [one, two] = [await open("one"), await open("two")];
  let oneLives = true;
  const killOne = async (): Promise<void> => {
    if (oneLives) await one.close();
    oneLives = false;
  };
  t.after(() => Promise.all([killOne(), two.close()]));
  const table = (phone: Softphone, name: string): string =>
    `[[backend]]\nname = "${name}"\nuri = "sip:${phone.wire.sentBy}"\n`;
  const listen =
    listener("udp", "127.0.0.1:0") +
    listener("tcp", "127.0.0.1:0") +
    table(one, "one") +
    table(two, "two") +
    `[front]\nregister = "edge"\n`;
  const edge = await startEdge(t, { users: ["anna"], listen }, folder);
  towards.port = edge.inside.port;
  // Her own patience is the caller's: no retransmission hides what the edge does.
  const anna = await edge.phone("anna", { t1: 500 });
  return { edge, one, two, anna, killOne, again: () => startEdge(t, { listen }, folder) };
}

const views = async (edge: Edge): Promise<readonly View[]> => (await edge.command("backends.list")) as readonly View[];

test("one of two backends dies under 50 calls/s: no call fails, and none is late once it was noticed", async (t) => {
  const { edge, one, two, anna, killOne } = await withTwo(t);
  const calls: { readonly at: number; readonly done: Promise<{ readonly status: number; readonly after: number }> }[] =
    [];
  const dial = (): void => {
    const at = performance.now();
    const call = anna.call(NUMBER);
    calls.push({ at, done: call.final.then((m) => ({ status: m.status, after: performance.now() - at })) });
  };
  const timer = setInterval(dial, 20);
  await sleep(1_000);
  assert.ok(one.calls.length > 5 && two.calls.length > 5, "both get calls");
  const killed = performance.now();
  await killOne();
  await until("one is known to be down", async () => (await views(edge)).some((b) => b.name === "one" && !b.up));
  const noticed = performance.now();
  await sleep(1_000);
  clearInterval(timer);
  assert.ok(noticed - killed < 3_000, `noticed after ${Math.round(noticed - killed)} ms`);
  const ends = await Promise.all(calls.map(async (c) => ({ at: c.at, ...(await c.done) })));
  assert.deepEqual(
    ends.filter((e) => e.status !== 200),
    [],
    "every call is answered",
  );
  assert.ok(Math.max(...ends.map((e) => e.after)) < 3_000, "post-dial delay");
  const late = ends.filter((e) => e.at > noticed && e.after > 1_500);
  assert.deepEqual(late, [], "after it was noticed nobody waits for the dead one");
});

test("drain and undrain by command, and a restart does not undo it", async (t) => {
  const folder = scratch(t);
  const { edge, one, two, anna, again } = await withTwo(t, folder);
  const backend = (...args: string[]) => runProgram(["backend", ...args, "--config", `${folder}/rempart.toml`]);
  const drained = await backend("drain", "one");
  assert.match(drained.out, /one gets no new calls.*\n.*rempart backend undrain one/);
  for (let i = 0; i < 5; i++) assert.equal((await anna.call(NUMBER).final).status, 200);
  assert.deepEqual([one.calls.length, two.calls.length], [0, 5]);
  assert.match((await backend("list")).out, /^one +udp:127\.0\.0\.1:\d+ +up, draining .*\ntwo +\S+ +up /m);
  const unknown = await backend("drain", "three");
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.out + unknown.err, /no backend three \[BACKEND_UNKNOWN\]/);
  assert.equal((await backend("undrain", "one")).code, 0);
  assert.equal((await backend("drain", "two")).code, 0);
  assert.equal((await anna.call(NUMBER).final).status, 200);
  assert.equal(one.calls.length, 1);
  await edge.stop();
  assert.deepEqual(
    (await views(await again())).map((b) => b.draining),
    [false, true],
  );
});
