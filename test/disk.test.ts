/** Disk full and database locked: calls go on, `status` says so, and what waited is written once it can be. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openPhone, type Softphone } from "../src/demo/index.ts";
import { startDaemon } from "./support/child.ts";
import { addUsers, DOMAIN, listener, mustLoad, PASSWORD, scratch, startEdge, writeConfig } from "./support/edge.ts";
import { until } from "./support/until.ts";

interface Status {
  readonly store: { readonly pending: number; readonly trouble: { readonly code: string } | null };
  readonly registrations: number;
}

/** A whole call, which must not care how the store is. */
async function talk(anna: Softphone, bert: Softphone): Promise<void> {
  const before = bert.calls.length;
  const call = anna.call(bert.aor);
  assert.equal((await call.final).status, 200);
  await bert.calls[before].confirmed;
  assert.equal((await call.request("BYE")).status, 200);
}

/** The database among the files of the state folder. */
function database(state: string): string {
  const name = readdirSync(state).find((file) => /\.(db|sqlite3?)$/.test(file));
  assert.ok(name !== undefined, readdirSync(state).join(" "));
  return join(state, name);
}

/** Another process that holds the write lock until it is told to let go. */
async function lock(file: string): Promise<() => Promise<void>> {
  const program = `
    const { DatabaseSync } = require("node:sqlite");
    const db = new DatabaseSync(process.argv[1]);
    db.exec("PRAGMA busy_timeout = 2000; BEGIN IMMEDIATE");
    console.log("locked");
    process.stdin.on("end", () => { db.exec("ROLLBACK"); db.close(); }).resume();`;
  const child = spawn(process.execPath, ["--no-warnings", "-e", program, file], { stdio: ["pipe", "pipe", "inherit"] });
  const end = once(child, "close");
  await once(child.stdout, "data");
  return async () => {
    child.stdin.end();
    await end;
  };
}

test("another process locks the database", { timeout: 60_000 }, async (t) => {
  const edge = await startEdge(t, { users: ["anna", "bert", "carl"] });
  const status = async (): Promise<Status> => (await edge.command("status")) as Status;
  const anna = await edge.phone("anna");
  const bert = await edge.phone("bert");
  assert.equal((await anna.register()).status, 200);
  await until("the first registration is written", async () => (await status()).store.pending === 0);
  const release = await lock(database(edge.config.state));
  t.after(release);
  assert.equal((await bert.register()).status, 200);
  await until("the second waits to be written", async () => (await status()).store.pending > 0);
  await talk(anna, bert);
  assert.ok((await status()).store.pending > 0, "the call did not wait for the store");
  await until("status names the lock", async () => (await status()).store.trouble?.code === "STORE_LOCKED", 10_000);
  assert.equal((await status()).registrations, 2);
  await talk(anna, bert);
  await release();
  await until("what waited is written", async () => (await status()).store.pending === 0, 20_000);
  assert.equal((await status()).store.trouble, null);
});

const prlimit = ["/usr/bin/prlimit", "/bin/prlimit"].find((file) => existsSync(file));
const skip = prlimit === undefined ? "no prlimit(1) on this machine" : false;

test("no file can grow any more, as on a full disk", { skip, timeout: 60_000 }, async (t) => {
  const folder = scratch(t);
  const config = writeConfig(folder, { listen: listener("udp", "127.0.0.1:0") });
  const users = ["anna", "bert", ...Array.from({ length: 60 }, (_, i) => `phone-${i}`)];
  await addUsers(mustLoad(config), users);
  const daemon = await startDaemon(t, config);
  const status = async (): Promise<Status> => (await daemon.command("status")) as Status;
  const phones = await Promise.all(
    users.map((user) => openPhone({ name: user, user, domain: DOMAIN, password: PASSWORD, edge: daemon.udp, t1: 200 })),
  );
  t.after(() => Promise.all(phones.map((p) => p.close())));
  assert.equal((await phones[0].register()).status, 200);
  await until("the first registration is written", async () => (await status()).store.pending === 0);

  const limit = (bytes: string): Buffer => execFileSync(prlimit ?? "", ["--pid", `${daemon.pid}`, `--fsize=${bytes}:`]);
  // One page: whatever is written to the database or its log lies behind it.
  limit("4096");
  for (const phone of phones.slice(1)) assert.equal((await phone.register()).status, 200);
  await until("status says that nothing is stored", async () => (await status()).store.trouble !== null, 10_000);
  assert.match((await status()).store.trouble?.code ?? "", /^STORE_(FULL|IO)$/);
  assert.ok((await status()).store.pending > 0);
  await talk(phones[0], phones[1]);
  limit("unlimited");
  await until("what waited is written", async () => (await status()).store.pending === 0, 20_000);
  assert.equal((await status()).store.trouble, null);

  // Written in truth: a restart knows them all.
  await daemon.kill("SIGKILL");
  const again = await startDaemon(t, config);
  assert.equal(((await again.command("status")) as Status).registrations, users.length);
});
