/** Accounts out of an SQLite database of somebody else's, in the whole daemon. 100,000 of them: test/peers/realtime.test.ts. */
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { runProgram, startDaemon } from "./support/child.ts";
import { type Edge, listener, PASSWORD, scratch, startEdge, writeConfig } from "./support/edge.ts";
import { accountsToml, type ForeignStatus, PJSIP_TABLES, pjsipPhone, pjsipPhones } from "./support/realtime.ts";
import { until } from "./support/until.ts";

/** In which a change must be seen. */
const SEEN = 5_000;
const UDP = listener("udp", "127.0.0.1:0");

function tables(t: TestContext, folder: string, statements: readonly string[]) {
  const file = join(folder, "realtime.db");
  // A writer is not made to wait longer than this.
  const db = new DatabaseSync(file, { timeout: 200 });
  db.exec("pragma synchronous = off");
  for (const statement of [...PJSIP_TABLES, ...statements]) db.exec(statement);
  t.after(() => db.close());
  return { file, db };
}

function toml(file: string, more = ""): string {
  return `${listener("udp", "127.0.0.1:0")}${listener("tcp", "127.0.0.1:0")}${accountsToml(`sqlite:${file}`, "pjsip", more)}`;
}

async function statusOf(edge: Pick<Edge, "command">): Promise<ForeignStatus> {
  return (await edge.command("status")) as ForeignStatus;
}

test("a phone of the tables registers; changes and deletions are seen within 5 s", async (t) => {
  const folder = scratch(t);
  const { file, db } = tables(t, folder, [...pjsipPhone("anna", PASSWORD), ...pjsipPhone("bert", "another")]);
  const edge = await startEdge(t, { listen: toml(file) }, folder);
  const [anna, bert, carl] = await Promise.all(["anna", "bert", "carl"].map((user) => edge.phone(user)));
  assert.equal((await anna.register()).status, 200);
  assert.equal((await bert.register()).status, 401, "another password");
  db.exec(`update ps_auths set password = '${PASSWORD}' where id = 'bert-auth'`);
  await until("bert's new password counts", async () => (await bert.register()).status === 200, SEEN);
  for (const statement of pjsipPhone("carl", PASSWORD)) db.exec(statement);
  await until("carl is known", async () => (await carl.register()).status === 200, SEEN);
  db.exec("delete from ps_endpoints where id = 'anna'");
  await until("anna is not", async () => (await anna.register()).status === 401, SEEN);
  const { accounts, foreign } = await statusOf(edge);
  assert.deepEqual([accounts, foreign.accounts, foreign.faults, foreign.trouble], [2, 2, 0, null]);
  const left = (await edge.command("registrations.list")) as { aor: string }[];
  assert.deepEqual(left.map((r) => r.aor.split("@")[0]).sort(), ["bert", "carl"], "anna's registration went with her");
});

test("a phone that logs in by a name of its own registers and calls as its user, also from the snapshot", async (t) => {
  const folder = scratch(t);
  const { file } = tables(t, folder, [
    ...pjsipPhone("100", PASSWORD),
    ...pjsipPhone("200", PASSWORD),
    "update ps_auths set username = '100-auth' where id = '100-auth'",
  ]);
  const edge = await startEdge(t, { listen: toml(file) }, folder);
  const open = (at: Edge, user: string, authUser: string) => at.phone(user, { authUser });
  const [own, other] = await Promise.all([open(edge, "100", "100-auth"), open(edge, "200", "200")]);
  for (const phone of [own, other]) assert.equal((await phone.register()).status, 200);
  const call = own.call(other.aor);
  assert.equal((await call.final).status, 200);
  for (const [user, login] of [
    ["100", "100"],
    ["200", "100-auth"],
    ["100-auth", "100-auth"],
  ]) {
    assert.equal((await (await open(edge, user, login)).register()).status, 401, `${user} logs in as ${login}`);
  }
  assert.equal((await (await open(edge, "100", "200")).register()).status, 403, "the password of another user");
  await edge.stop();
  renameSync(file, `${file}.away`);
  const after = await startEdge(t, { listen: toml(file) }, folder);
  assert.equal((await (await open(after, "100", "100-auth")).register()).status, 200);
});

test("ours before theirs, and theirs is only read", async (t) => {
  const folder = scratch(t);
  const { file } = tables(t, folder, [...pjsipPhone("anna", "another"), ...pjsipPhone("bert", PASSWORD)]);
  const edge = await startEdge(t, { listen: toml(file), users: ["anna"] }, folder);
  const anna = await edge.phone("anna");
  assert.equal((await anna.register()).status, 200, "our password");
  const list = (await edge.command("account.list")) as { user: string; origin: string }[];
  assert.deepEqual(
    list.map((a) => [a.user, a.origin]),
    [
      ["anna", "own"],
      ["bert", `sqlite:${file} (pjsip)`],
    ],
  );
  await assert.rejects(edge.command("account.remove", { user: "bert" }), /ACCOUNT_FOREIGN/);
  await assert.rejects(
    edge.command("account.passwd", { user: "bert", password: "kV7-uN2#pR9!tX4" }),
    /ACCOUNT_FOREIGN/,
  );
  await edge.command("account.remove", { user: "anna" });
  assert.equal((await anna.register()).status, 401, "their password counts now");
  assert.equal((await statusOf(edge)).accounts, 2);
});

test("what an account of theirs may is ours to say, and holds when it goes and comes and after a restart", async (t) => {
  const folder = scratch(t);
  const { file, db } = tables(t, folder, [...pjsipPhone("anna", PASSWORD), ...pjsipPhone("bert", PASSWORD)]);
  const edge = await startEdge(t, { listen: toml(file) }, folder);
  const anna = await edge.phone("anna");
  assert.equal((await anna.register()).status, 200);
  await edge.command("account.set", { user: "anna", acl: ["-all"] });
  await assert.rejects(edge.command("account.set", { user: "nobody", acl: ["-all"] }), /ACCOUNT_UNKNOWN/);
  assert.equal((await anna.register()).status, 401, "denied everywhere");
  const list = (await edge.command("account.list")) as { user: string; rights?: { acl: string[] } }[];
  assert.deepEqual(
    list.map((a) => [a.user, a.rights?.acl]),
    [
      ["anna", ["-all"]],
      ["bert", undefined],
    ],
  );
  const count = async (): Promise<number> => (await statusOf(edge)).accounts;
  db.exec("delete from ps_endpoints where id = 'anna'");
  await until("anna is gone", async () => (await count()) === 1, SEEN);
  db.exec("insert into ps_endpoints (id, auth, aors) values ('anna', 'anna-auth', 'anna')");
  await until("anna is back", async () => (await count()) === 2, SEEN);
  assert.equal((await anna.register()).status, 401, "still denied");
  await edge.stop();
  const after = await startEdge(t, { listen: toml(file) }, folder);
  const phone = await after.phone("anna");
  assert.equal((await phone.register()).status, 401, "and after a restart");
  await after.command("account.set", { user: "anna", acl: [] });
  assert.equal((await phone.register()).status, 200);
});

test("a broken row is named and costs nobody else anything", async (t) => {
  const folder = scratch(t);
  const broken = "update ps_auths set auth_type = 'md5', md5_cred = 'short' where id = 'bert-auth'";
  const { file } = tables(t, folder, [...pjsipPhone("anna", PASSWORD), ...pjsipPhone("bert", "x"), broken]);
  const config = writeConfig(folder, { listen: UDP + accountsToml(`sqlite:${file}`, "pjsip") });
  const daemon = await startDaemon(t, config);
  const { foreign } = await statusOf(daemon);
  assert.deepEqual([foreign.accounts, foreign.faults], [1, 1]);
  const { code, out } = await runProgram(["status", "--config", config]);
  assert.equal(code, 0);
  assert.match(out, /1 rows left out: these\n +ps_auths "bert-auth": found no MD5 hash \(5 characters\)/);
});

test("a column goes and comes: the last snapshot serves, status and exit code say so", async (t) => {
  const folder = scratch(t);
  const { file, db } = tables(t, folder, pjsipPhone("anna", PASSWORD));
  const config = writeConfig(folder, { listen: UDP + accountsToml(`sqlite:${file}`, "pjsip") });
  const daemon = await startDaemon(t, config);
  db.exec("alter table ps_endpoints rename column aors to aors_before");
  const trouble = async (): Promise<string | undefined> => (await statusOf(daemon)).foreign.trouble?.code;
  await until("the trouble is seen", async () => (await trouble()) === "ACCOUNTS_TABLE", SEEN);
  const { code, out } = await runProgram(["status", "--config", config]);
  assert.equal(code, 1);
  assert.match(out, /NOT READ for \d+ s: sqlite:.* has no column ps_endpoints\.aors, .*\[ACCOUNTS_TABLE\]/);
  assert.equal((await statusOf(daemon)).accounts, 1);
  db.exec("alter table ps_endpoints rename column aors_before to aors");
  await until("it is read again", async () => (await trouble()) === undefined, SEEN);
});

test("a restart while the database is away serves what was read last", async (t) => {
  const folder = scratch(t);
  const { file, db } = tables(t, folder, pjsipPhone("anna", PASSWORD));
  const first = await startEdge(t, { listen: toml(file) }, folder);
  await first.stop();
  db.close();
  renameSync(file, `${file}.away`);
  const second = await startEdge(t, { listen: toml(file) }, folder);
  assert.equal((await (await second.phone("anna")).register()).status, 200);
  await until(
    "it is missed",
    async () => (await statusOf(second)).foreign.trouble?.code === "ACCOUNTS_UNREACHABLE",
    SEEN,
  );
  renameSync(`${file}.away`, file);
  await until("it is back", async () => (await statusOf(second)).foreign.trouble === null, SEEN);
  db.open();
});

test("another source, or none, serves nothing of the one before", async (t) => {
  const folder = scratch(t);
  const { file } = tables(t, folder, pjsipPhone("anna", PASSWORD));
  await (await startEdge(t, { listen: toml(file) }, folder)).stop();
  const second = await startEdge(t, { listen: toml(join(folder, "other.db")) }, folder);
  assert.equal((await statusOf(second)).accounts, 0);
  await second.stop();
  await (await startEdge(t, { listen: toml(file) }, folder)).stop();
  const third = await startEdge(t, { listen: UDP }, folder);
  assert.deepEqual(await third.command("account.list"), []);
});

test("tables that are emptied at a stroke are believed at the second look", async (t) => {
  const folder = scratch(t);
  const { file, db } = tables(t, folder, pjsipPhones(100));
  const edge = await startEdge(t, { listen: toml(file) }, folder);
  assert.equal((await statusOf(edge)).accounts, 100);
  db.exec("delete from ps_endpoints");
  const began = performance.now();
  await until("they are gone", async () => (await statusOf(edge)).accounts === 0, SEEN);
  assert.ok(performance.now() - began > 1_500, "a look in between");
});

test("20,000 accounts, and one change among them", { timeout: 120_000 }, async (t) => {
  const folder = scratch(t);
  const { file, db } = tables(t, folder, pjsipPhones(20_000));
  const edge = await startEdge(t, { listen: toml(file) }, folder);
  await until("all are there", async () => (await statusOf(edge)).accounts === 20_000, 20_000);
  const known = await edge.phone("phone-19999", { password: "secret of phone-19999" });
  assert.equal((await known.register()).status, 200);
  db.exec("update ps_auths set password = 'new' where id = 'phone-5'");
  const phone = await edge.phone("phone-5", { password: "new" });
  await until("one change among 20,000", async () => (await phone.register()).status === 200, SEEN + 2_000);
});
