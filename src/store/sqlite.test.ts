import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isTrouble } from "../base/index.ts";
import { holdState } from "./hold.ts";
import { inspectStore } from "./inspect.ts";
import { openStore } from "./open.ts";
import { explain } from "./sqlite.ts";
import { account, binding, good, storeContract } from "./store.contract.ts";

const root = mkdtempSync(`${tmpdir()}/rempart-store-`);
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const folder = (): string => `${root}/${++folders}`;
const open = async (state: string, maxPages?: number) =>
  good(await openStore(state, maxPages === undefined ? { busyMs: 5_000 } : { busyMs: 5_000, maxPages }));

storeContract({
  name: "sqlite",
  fresh: () => open(folder()),
  again: () => open(`${root}/${folders}`),
  small: () => open(folder(), 25),
});

test("the file is ours alone, and so is the folder", async () => {
  const state = `${folder()}/deep/er`;
  const store = await open(state);
  good(await store.addAccounts([account("anna")]));
  assert.equal(statSync(state).mode & 0o777, 0o700);
  for (const end of ["", "-wal", "-shm"]) assert.equal(statSync(`${state}/rempart.db${end}`).mode & 0o777, 0o600, end);
  await store.close();
});

test("what cannot be opened says so", async (t) => {
  const cases: [string, string, (state: string) => void][] = [
    ["a file where the folder should be", "STORE_UNWRITABLE", (state) => writeFileSync(state, "")],
    ["no database", "STORE_CORRUPT", (state) => write(state, "SQLite no".repeat(500))],
    ["a newer schema", "STORE_NEWER", (state) => newer(state)],
    ["another program's database", "STORE_CORRUPT", (state) => strange(state)],
  ];
  for (const [name, code, prepare] of cases) {
    await t.test(name, async () => {
      const state = folder();
      prepare(state);
      const found = await openStore(state, { busyMs: 0 });
      assert.ok(isTrouble(found), "must be refused");
      assert.equal(found.code, code);
      assert.ok(!`${found.what}${found.safe}${found.next}`.includes("\n"));
    });
  }
});

test("a look into a database that is empty or another program's throws nothing", () => {
  const [empty, other] = [folder(), folder()];
  write(empty, "");
  strange(other);
  assert.equal(inspectStore(empty), undefined);
  const found = inspectStore(other);
  assert.ok(isTrouble(found) && found.code === "STORE_CORRUPT", JSON.stringify(found));
});

/** Extended result codes of SQLite, and what they are called. */
const CODES: [number, string][] = [
  [5, "STORE_LOCKED"],
  [261, "STORE_LOCKED"],
  [6, "STORE_LOCKED"],
  [15, "STORE_LOCKED"],
  [13, "STORE_FULL"],
  [3, "STORE_UNWRITABLE"],
  [8, "STORE_UNWRITABLE"],
  [14, "STORE_UNWRITABLE"],
  [266, "STORE_IO"],
  [11, "STORE_CORRUPT"],
  [26, "STORE_CORRUPT"],
];
test("what SQLite may say while we run is a trouble: a thrown error would end the daemon", () => {
  for (const [errcode, code] of CODES) {
    assert.equal(explain(Object.assign(new Error("why"), { errcode }), "f").code, code, String(errcode));
  }
  assert.throws(() => explain(Object.assign(new Error("near x: syntax error"), { errcode: 1 }), "f"), /syntax/);
});

test("a damaged page is found by the check", async () => {
  const state = folder();
  const store = await open(state);
  good(await store.addAccounts(Array.from({ length: 2_000 }, (_, i) => account(`user-${i}`))));
  await store.close();
  const bytes = readFileSync(`${state}/rempart.db`);
  bytes.fill(0x5a, 4096 * 6, 4096 * 9);
  writeFileSync(`${state}/rempart.db`, bytes);
  const later = await openStore(state, { busyMs: 0 });
  const found = isTrouble(later) ? later : await later.checkIntegrity();
  assert.ok(isTrouble(found) && found.code === "STORE_CORRUPT", JSON.stringify(found));
  if (!isTrouble(later)) await later.close();
});

test("a lock held by somebody else is a trouble, and passes", async () => {
  const state = folder();
  const store = good(await openStore(state, { busyMs: 20 }));
  const other = new DatabaseSync(`${state}/rempart.db`);
  other.exec("begin immediate");
  const found = await store.saveBindings([binding("anna")], []);
  assert.ok(isTrouble(found) && found.code === "STORE_LOCKED", JSON.stringify(found));
  assert.deepEqual(await store.loadAccounts(), [], "reading goes on");
  other.exec("rollback");
  assert.equal(await store.saveBindings([binding("anna")], []), undefined);
  other.close();
  await store.close();
});

test("a state is held by one daemon, or by any number of commands", async () => {
  const state = folder();
  const daemon = good(holdState(state, true, 0));
  for (const alone of [true, false]) {
    const other = holdState(state, alone, 0);
    assert.ok(isTrouble(other) && other.code === "STORE_IN_USE");
  }
  daemon.release();
  const commands = [good(holdState(state, false, 0)), good(holdState(state, false, 0))];
  assert.ok(isTrouble(holdState(state, true, 0)));
  for (const command of commands) command.release();
  good(holdState(state, true, 0)).release();
});

test("the hold of a killed process is gone with it", async () => {
  const state = folder();
  const code = `const { holdState } = await import(${JSON.stringify(new URL("./hold.ts", import.meta.url).href)});
    globalThis.hold = holdState(${JSON.stringify(state)}, true, 0); process.stdout.write("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "ignore"] });
  for await (const _ of child.stdout) break;
  assert.ok(isTrouble(holdState(state, true, 0)), "held by the other process");
  child.kill("SIGKILL");
  await finished(child);
  good(holdState(state, true, 0)).release();
});

test("four processes make and fill one database at once, nothing is lost", async () => {
  const state = folder();
  const writer = fileURLToPath(new URL("./writer.fixture.ts", import.meta.url));
  const exits = [0, 1, 2, 3].map((who) =>
    finished(spawn(process.execPath, [writer, state, String(who)], { stdio: "inherit" })),
  );
  assert.deepEqual(await Promise.all(exits), [0, 0, 0, 0]);
  const store = await open(state);
  assert.equal(await store.countAccounts(), 4 * 50);
  assert.equal(await store.checkIntegrity(), undefined);
  await store.close();
});

test("a process killed while it writes leaves whole transactions", async () => {
  const state = folder();
  const writer = fileURLToPath(new URL("./writer.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, [writer, state, "forever"], { stdio: ["ignore", "pipe", "inherit"] });
  // The program prints a dot after each commit: this one dies between or in the next ones.
  let dots = 0;
  for await (const chunk of child.stdout) {
    dots += String(chunk).length;
    if (dots >= 20) break;
  }
  child.kill("SIGKILL");
  await finished(child);
  assert.ok(existsSync(`${state}/rempart.db-wal`));
  const store = await open(state);
  const bindings = good(await store.loadBindings(0));
  assert.ok(bindings.length >= dots * 100);
  assert.equal(bindings.length % 100, 0, "no half transaction");
  assert.equal(await store.checkIntegrity(), undefined);
  await store.close();
});

function finished(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve) => child.once("close", resolve));
}

function write(state: string, text: string): void {
  mkdirSync(state);
  writeFileSync(`${state}/rempart.db`, text);
}

function strange(state: string): void {
  mkdirSync(state);
  const db = new DatabaseSync(`${state}/rempart.db`);
  db.exec("create table accounts(name text)");
  db.close();
}

function newer(state: string): void {
  mkdirSync(state);
  const db = new DatabaseSync(`${state}/rempart.db`);
  db.exec("create table schema_migrations(number integer, name text, applied integer)");
  db.exec("insert into schema_migrations values (999, 'from the future', 0)");
  db.close();
}
