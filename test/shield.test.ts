/** The shield in the whole daemon: attackers on addresses of their own, an office with one broken phone, and what an operator sees. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { Softphone } from "../src/demo/index.ts";
import { DOMAIN, type Edge, type EdgeOptions, scratch, startEdge } from "./support/edge.ts";
import { rawRequest, statusOf } from "./support/raw.ts";
import { until } from "./support/until.ts";

const ATTACKER = "127.0.0.66";
const OFFICE = "127.0.0.80";

interface Ban {
  readonly source: string;
  readonly account: string;
  readonly device: string;
  readonly action: string;
  readonly enforced: boolean;
  readonly reason: string;
  readonly left: number;
}

interface Story {
  readonly standing: readonly string[];
  readonly entries: readonly (Ban & {
    readonly evidence: readonly { readonly kind: string; readonly proved: boolean; readonly times: number }[];
  })[];
  readonly latest: readonly { readonly kind: string }[];
}

async function bans(edge: Edge): Promise<readonly Ban[]> {
  return ((await edge.command("bans.list")) as { bans: readonly Ban[] }).bans;
}

async function banOf(edge: Edge, source: string): Promise<Ban> {
  await until(`${source} is in the book`, async () => (await bans(edge)).some((b) => b.source === source));
  return (await bans(edge)).find((b) => b.source === source) as Ban;
}

/** Passwords that were wrong. */
async function wrong(edge: Edge): Promise<number> {
  return ((await edge.command("status")) as { counters: { wrongPassword: number } }).counters.wrongPassword;
}

const why = async (edge: Edge, name: string): Promise<Story> => (await edge.command("why", { name })) as Story;

/** A phone that is quick to give up, at an address of its own. */
function phoneAt(edge: Edge, local: string, user: string, password?: string): Promise<Softphone> {
  return edge.phone(user, { local, t1: 50, ...(password === undefined ? {} : { password }) });
}

/** Registers `times` times and gives the statuses; 0 for no answer. */
async function registers(phone: Softphone, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) statuses.push((await phone.register().catch(() => ({ status: 408 }))).status);
  return statuses;
}

/** How long nothing has to come before that is believed; a busy machine may take longer to answer. */
const SILENCE = 400;

/** Sends one datagram from `local` and gives the status of what comes back; 0 for nothing. `ms`: how long to wait for it. */
async function ask(t: TestContext, edge: Edge, local: string, agent: string, ms = 5_000): Promise<number> {
  const socket = createSocket("udp4").bind(0, local);
  await once(socket, "listening");
  t.after(() => socket.close());
  const at = `${local}:${socket.address().port}`;
  const ends = [`From: <sip:scan@${at}>;tag=1`, `To: <sip:100@${DOMAIN}>`, `User-Agent: ${agent}`];
  socket.send(rawRequest("OPTIONS", `sip:${DOMAIN}`, at, ends), edge.udp4.port, edge.udp4.host);
  const answer = await Promise.race([
    once(socket, "message").then(([bytes]) => bytes as Buffer),
    new Promise<undefined>((none) => setTimeout(none, ms, undefined).unref()),
  ]);
  return answer === undefined ? 0 : statusOf(answer.toString("latin1"));
}

const ENFORCE: EdgeOptions = { users: ["anna", "bert"], top: 'mode = "enforce"' };

test("a password guesser is banned by the sixth try, is told nothing, and stays banned over a restart", async (t) => {
  const folder = scratch(t);
  const edge = await startEdge(t, ENFORCE, folder);
  const guesser = await phoneAt(edge, ATTACKER, "anna", "guessed");
  // From the second time on it begins with the nonce that it has, which is a try of its own.
  assert.deepEqual(await registers(guesser, 3), [401, 401, 401]);
  assert.deepEqual([await wrong(edge), await bans(edge)], [5, []]);
  await registers(guesser, 1);
  const { action, enforced, reason, left } = await banOf(edge, ATTACKER);
  assert.deepEqual([action, enforced, reason], ["ban", true, "wrong-password"]);
  assert.ok(left > 590 && left <= 600, `${left} s`);
  assert.equal(await ask(t, edge, ATTACKER, "any", SILENCE), 0, "not one packet gets an answer");
  const anna = await phoneAt(edge, OFFICE, "anna");
  assert.deepEqual(await registers(anna, 1), [200], "from elsewhere the account is used as before");
  const evidence = async () => (await why(edge, ATTACKER)).entries[0].evidence;
  await until("it is stored", async () => (await evidence()).length > 0);
  assert.ok((await evidence()).every((f) => f.kind === "wrongPassword" && f.proved));
  const tries = (await evidence()).reduce((sum, f) => sum + f.times, 0);
  assert.ok(tries >= 6, `${tries} tries: one more may be under way while it is decided`);
  await edge.stop();

  const again = await startEdge(t, { ...ENFORCE, users: [] }, folder);
  assert.equal(await ask(t, again, ATTACKER, "any", SILENCE), 0, "from the first packet on");
  assert.deepEqual((await why(again, OFFICE)).standing, [`anna@${DOMAIN}`]);
  await again.command("bans.remove", { target: ATTACKER });
  assert.equal(await ask(t, again, ATTACKER, "any"), 200);
});

test("a scanner by its name: one packet in two seconds is left to it, for the address may be forged", async (t) => {
  const edge = await startEdge(t, ENFORCE);
  assert.equal(await ask(t, edge, ATTACKER, "friendly-scanner"), 200);
  assert.equal(await ask(t, edge, ATTACKER, "friendly-scanner", SILENCE), 0, "the second one already");
  const { action, reason } = await banOf(edge, ATTACKER);
  assert.deepEqual([action, reason], ["mute", "scanner"]);
  const again = (): Promise<number> => ask(t, edge, ATTACKER, "friendly-scanner", SILENCE);
  await until("one of two seconds", async () => (await again()) === 200);
  assert.equal(await again(), 0);
});

test("observe: all is judged and told, and nobody kept out", async (t) => {
  const edge = await startEdge(t, { users: ["anna"] });
  assert.equal(await ask(t, edge, ATTACKER, "friendly-scanner"), 200);
  const { action, enforced } = await banOf(edge, ATTACKER);
  assert.deepEqual([action, enforced], ["mute", false]);
  for (let i = 0; i < 3; i++) assert.equal(await ask(t, edge, ATTACKER, "friendly-scanner"), 200);
});

test("an office: the phone with an old password is named and muted alone", async (t) => {
  const edge = await startEdge(t, ENFORCE);
  const good = await phoneAt(edge, OFFICE, "anna");
  assert.deepEqual(await registers(good, 1), [200]);
  const old = await phoneAt(edge, OFFICE, "bert", "of last year");
  await registers(old, 4);
  const { action, account } = await banOf(edge, OFFICE);
  assert.deepEqual([action, account], ["mute", `bert@${DOMAIN}`]);
  assert.deepEqual(await registers(good, 3), [200, 200, 200]);
  assert.equal((await bans(edge)).length, 1);
});

test("by hand: an address and a block, never this machine; undone in one go where the shield decided", async (t) => {
  const edge = await startEdge(t, ENFORCE);
  await edge.command("bans.add", { target: ATTACKER, seconds: 3_600, reason: "seen elsewhere" });
  assert.equal(await ask(t, edge, ATTACKER, "any", SILENCE), 0);
  await edge.command("bans.add", { target: "127.0.0.64/28", seconds: 60 });
  assert.equal(await ask(t, edge, "127.0.0.70", "any", SILENCE), 0);
  assert.equal(await ask(t, edge, OFFICE, "any"), 200);
  for (const [target, code] of [
    ["127.0.0.1", "BAN_NEVER"],
    ["127.0.0.0/8", "BAN_NEVER"],
    ["0.0.0.0/0", "BAN_TARGET"],
    ["nobody", "BAN_TARGET"],
  ]) {
    await assert.rejects(edge.command("bans.add", { target }), new RegExp(`^Error: ${code}$`), target);
  }
  await ask(t, edge, "127.0.0.90", "sipvicious");
  await banOf(edge, "127.0.0.90");
  await edge.command("bans.undo", { seconds: 3_600 });
  assert.deepEqual((await bans(edge)).map((b) => b.source).sort(), ["127.0.0.64/28", ATTACKER]);
  await edge.command("bans.remove", { target: "127.0.0.64/28" });
  assert.equal(await ask(t, edge, "127.0.0.70", "any"), 200);
  await assert.rejects(edge.command("bans.remove", { target: "127.0.0.71" }), /^Error: BAN_UNKNOWN$/);
});
