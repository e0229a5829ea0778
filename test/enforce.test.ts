/** Observe and enforce while the daemon runs: who goes into force and out of it, what is stored, and what ends by itself. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { startDaemon } from "./support/child.ts";
import { DOMAIN, type Edge, type EdgeOptions, scratch, startEdge, writeConfig } from "./support/edge.ts";
import { rawRequest, statusOf } from "./support/raw.ts";
import { until } from "./support/until.ts";

const SCANNER = "127.0.0.66";
const OFFICE = "127.0.0.80";
const BYSTANDER = "127.0.0.90";
const SILENCE = 400;

interface View {
  readonly mode: string;
  readonly by: string;
  readonly left: number | null;
  readonly held: number;
  readonly byHand: number;
  readonly noted: readonly { readonly source: string }[];
  readonly spared: readonly { readonly source: string; readonly standing: readonly string[] }[];
}

const OBSERVE: EdgeOptions = { users: ["anna"] };

async function enforce(edge: Edge, what: string, args: unknown = {}): Promise<View> {
  return (await edge.command(`enforce.${what}`, args)) as View;
}

/** Sends one datagram from `local` and gives the status of what comes back; 0 for nothing. */
async function ask(t: TestContext, edge: Edge, local: string, agent = "any", ms = 5_000): Promise<number> {
  const socket = createSocket("udp4").bind(0, local);
  await once(socket, "listening");
  t.after(() => socket.close());
  const at = `${local}:${socket.address().port}`;
  const ends = [`From: <sip:scan@${at}>;tag=1`, `To: <sip:x@${DOMAIN}>`, `User-Agent: ${agent}`];
  socket.send(rawRequest("OPTIONS", `sip:${DOMAIN}`, at, ends), edge.udp4.port, edge.udp4.host);
  const answer = await Promise.race([
    once(socket, "message").then(([bytes]) => bytes as Buffer),
    new Promise<undefined>((none) => setTimeout(none, ms, undefined).unref()),
  ]);
  return answer === undefined ? 0 : statusOf(answer.toString("latin1"));
}

async function noted(edge: Edge, source: string): Promise<void> {
  await until(`${source} is noted`, async () => (await enforce(edge, "state")).noted.some((e) => e.source === source));
}

/** A scanner over TCP: that is proved, so it is banned. */
async function scanOverTcp(edge: Edge, local: string): Promise<void> {
  const phone = await edge.phone("anna", { local, transport: "tcp", edge: edge.tcp4 });
  await phone.request("OPTIONS", `sip:${DOMAIN}`, "", "User-Agent: friendly-scanner\r\n");
}

test("on: what was only noted goes into force at once; off: everybody is let in, but who was entered by hand", async (t) => {
  const edge = await startEdge(t, OBSERVE);
  await scanOverTcp(edge, SCANNER);
  await noted(edge, SCANNER);
  assert.equal(await ask(t, edge, SCANNER), 200);
  await edge.command("bans.add", { target: BYSTANDER, seconds: 60 });
  assert.equal(await ask(t, edge, BYSTANDER, "any", SILENCE), 0, "the operator's own word holds in either mode");

  const on = await enforce(edge, "on");
  assert.deepEqual([on.mode, on.by, on.held, on.noted], ["enforce", "command", 2, []]);
  assert.equal(await ask(t, edge, SCANNER, "any", SILENCE), 0);
  const off = await enforce(edge, "off");
  assert.deepEqual([off.mode, off.by, off.byHand], ["observe", "configuration", 1]);
  assert.equal(await ask(t, edge, SCANNER), 200);
  assert.equal(await ask(t, edge, BYSTANDER, "any", SILENCE), 0);
  await edge.command("bans.add", { target: SCANNER, seconds: 1 });
  assert.equal(await ask(t, edge, SCANNER, "any", SILENCE), 0, "by hand, though it was noted for longer");
});

test("an office that was noted and has shown passwords since is not cut off by it", async (t) => {
  const edge = await startEdge(t, OBSERVE);
  await scanOverTcp(edge, OFFICE);
  await noted(edge, OFFICE);
  const anna = await edge.phone("anna", { local: OFFICE });
  assert.equal((await anna.register()).status, 200);
  await until("it has standing", async () => (await enforce(edge, "state")).spared.length === 1);
  const [spared] = (await enforce(edge, "state")).spared;
  assert.deepEqual([spared.source, spared.standing], [OFFICE, [`anna@${DOMAIN}`]]);
  await enforce(edge, "on");
  assert.equal((await anna.register()).status, 200);
  assert.deepEqual(((await edge.command("bans.list")) as { bans: unknown[] }).bans, []);
});

test("nor when it is the configuration that says so, at the next start", async (t) => {
  const folder = scratch(t);
  const observing = await startEdge(t, OBSERVE, folder);
  await scanOverTcp(observing, OFFICE);
  await scanOverTcp(observing, SCANNER);
  await noted(observing, OFFICE);
  const before = await observing.phone("anna", { local: OFFICE });
  assert.equal((await before.register()).status, 200);
  await until("it has standing", async () => (await enforce(observing, "state")).spared.length === 1);
  await observing.stop();
  const edge = await startEdge(t, { top: 'mode = "enforce"' }, folder);
  const anna = await edge.phone("anna", { local: OFFICE });
  assert.equal((await anna.register()).status, 200);
  assert.equal((await enforce(edge, "state")).held, 1, "the scanner alone");
  await edge.stop();
  const again = await startEdge(t, { top: 'mode = "enforce"' }, folder);
  assert.equal(((await again.command("bans.list")) as { all: number }).all, 1, "it is not stored any more");
});

test("a trial ends by itself; confirmed in time it stays, over a restart too", async (t) => {
  const folder = scratch(t);
  const edge = await startEdge(t, OBSERVE, folder);
  const trial = await enforce(edge, "on", { seconds: 1 });
  assert.ok(trial.left !== null && trial.left > 500 && trial.left <= 1_000, `${trial.left} ms`);
  await scanOverTcp(edge, SCANNER);
  await until("the scanner is kept out", async () => (await enforce(edge, "state")).held === 1);
  await until("nobody has confirmed", async () => (await enforce(edge, "state")).mode === "observe");
  assert.equal((await enforce(edge, "state")).by, "unconfirmed");
  assert.equal(await ask(t, edge, SCANNER), 200);
  await assert.rejects(edge.command("enforce.confirm"), /^Error: ENFORCE_NOTHING$/);

  await enforce(edge, "on", { seconds: 60 });
  const kept = await enforce(edge, "confirm");
  assert.deepEqual([kept.mode, kept.by, kept.left], ["enforce", "command", null]);
  await edge.stop();
  const again = await startEdge(t, {}, folder);
  const view = await enforce(again, "state");
  assert.deepEqual([view.mode, view.by, view.held], ["enforce", "command", 1]);
  assert.equal(await ask(t, again, SCANNER, "any", SILENCE), 0);
});

test("a deadline that passes while the daemon is down, killed, means observe; one that has not goes on", async (t) => {
  const folder = scratch(t);
  const daemon = await startDaemon(t, writeConfig(folder));
  await daemon.command("enforce.on", { seconds: 1 });
  await daemon.kill("SIGKILL");
  await new Promise((done) => setTimeout(done, 1_100));
  const late = await startEdge(t, {}, folder);
  assert.deepEqual(
    [(await enforce(late, "state")).mode, (await enforce(late, "state")).by],
    ["observe", "unconfirmed"],
  );
  await enforce(late, "on", { seconds: 60 });
  await late.stop();
  const early = await startEdge(t, {}, folder);
  const { mode, left } = await enforce(early, "state");
  assert.equal(mode, "enforce");
  assert.ok(left !== null && left > 30_000 && left < 60_000, `${left} ms`);
});

test("observe in the configuration holds for bans that were enforced before; a scenario that only observes is never enforced", async (t) => {
  const folder = scratch(t);
  const edge = await startEdge(t, { ...OBSERVE, top: 'mode = "enforce"' }, folder);
  await scanOverTcp(edge, SCANNER);
  await until("the scanner is kept out", async () => (await enforce(edge, "state")).held === 1);
  await edge.stop();
  const observing = await startEdge(t, { dial: '[shield.scenarios.decoy]\nmode = "observe"' }, folder);
  assert.equal(await ask(t, observing, SCANNER), 200);
  const phone = await observing.phone("admin", { local: OFFICE, transport: "tcp", edge: observing.tcp4 });
  await phone.register();
  await until(
    "both are in the book",
    async () => ((await observing.command("bans.list")) as { all: number }).all === 2,
  );
  const on = await enforce(observing, "on");
  assert.equal(on.held, 1, "the scanner alone");
  assert.equal(await ask(t, observing, SCANNER, "any", SILENCE), 0);
  assert.equal(await ask(t, observing, OFFICE), 200);
});
