/** Accounts out of real PostgreSQL and MariaDB servers, in the whole daemon. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runProgram, startDaemon } from "../support/child.ts";
import { type Edge, listener, PASSWORD, scratch, startEdge, writeConfig } from "../support/edge.ts";
import { accountsToml, type ForeignStatus, PJSIP_TABLES, pjsipPhone, pjsipPhones } from "../support/realtime.ts";
import { until } from "../support/until.ts";
import {
  type Certificate,
  type Database,
  makeCertificate,
  postgresFolder,
  startMariadb,
  startPostgres,
} from "./support/databases.ts";
import { needs } from "./support/programs.ts";

/** In which a change must be seen. */
const SEEN = 5_000;
const SECRET = "s3cr3t/W7";
const TABLES = ["ps_auths", "ps_aors", "ps_endpoints"];

interface Kind {
  readonly name: string;
  readonly needed: { readonly skip: string | false };
  start(t: TestContext, tls?: Certificate): Promise<Database>;
  /** The user rempart with SELECT alone, as docs/accounts-realtime.md has it. */
  readonly grants: readonly string[];
  readonly revoke: string;
}

const KINDS: readonly Kind[] = [
  {
    name: "PostgreSQL",
    needed: needs(`${postgresFolder()}/postgres`, "postgresql"),
    start: startPostgres,
    grants: [`create role rempart login password '${SECRET}'`, `grant select on ${TABLES.join(", ")} to rempart`],
    revoke: "revoke select on ps_auths from rempart",
  },
  {
    name: "MariaDB",
    needed: needs("mariadbd", "mariadb-server"),
    start: startMariadb,
    grants: [
      `create user rempart@'127.0.0.1' identified by '${SECRET}'`,
      ...TABLES.map((table) => `grant select on asterisk.${table} to rempart@'127.0.0.1'`),
    ],
    revoke: "revoke select on asterisk.ps_auths from rempart@'127.0.0.1'",
  },
];

async function statusOf(edge: Pick<Edge, "command">): Promise<ForeignStatus> {
  return (await edge.command("status")) as ForeignStatus;
}

function listen(db: Database): string {
  const sockets = listener("udp", "127.0.0.1:0") + listener("tcp", "127.0.0.1:0");
  return sockets + accountsToml(db.url("rempart", SECRET), "pjsip");
}

for (const kind of KINDS) {
  test(`${kind.name}: load, change, delete, a column that goes`, { ...kind.needed, timeout: 120_000 }, async (t) => {
    const db = await kind.start(t);
    await db.run(...PJSIP_TABLES, ...pjsipPhone("anna", PASSWORD), ...pjsipPhone("bert", "another"), ...kind.grants);
    const edge = await startEdge(t, { listen: listen(db) });
    const [anna, bert, carl] = await Promise.all(["anna", "bert", "carl"].map((user) => edge.phone(user)));
    assert.equal((await anna.register()).status, 200);
    assert.equal((await bert.register()).status, 401, "another password");
    await db.run(`update ps_auths set password = '${PASSWORD}' where id = 'bert-auth'`);
    await until("bert's new password counts", async () => (await bert.register()).status === 200, SEEN);
    await db.run(...pjsipPhone("carl", PASSWORD));
    await until("carl is known", async () => (await carl.register()).status === 200, SEEN);
    // Two phones exchange their secrets: what is in the table is the same, summed up.
    await db.run(
      "update ps_auths set password = case id when 'anna-auth' then 'xxxxxxxx' else 'yyyyyyyy' end where id <> 'carl-auth'",
    );
    await until("anna has another", async () => (await anna.register()).status === 401, SEEN);
    await db.run(
      "update ps_auths set password = case id when 'anna-auth' then 'yyyyyyyy' else 'xxxxxxxx' end where id <> 'carl-auth'",
    );
    const swapped = await edge.phone("anna", { password: "yyyyyyyy" });
    await until("anna has bert's", async () => (await swapped.register()).status === 200, SEEN);
    await db.run("delete from ps_aors where id = 'anna'", "delete from ps_endpoints where id = 'anna'");
    await until("anna is gone", async () => (await swapped.register()).status === 401, SEEN);

    await db.run("alter table ps_endpoints rename column aors to aors_before");
    const trouble = async () => (await statusOf(edge)).foreign.trouble;
    await until("the column is missed", async () => (await trouble())?.code === "ACCOUNTS_TABLE", SEEN);
    assert.match((await trouble())?.what ?? "", /has no column ps_endpoints\.aors/);
    assert.equal((await carl.register()).status, 200, "the last snapshot serves");
    await db.run("alter table ps_endpoints rename column aors_before to aors");
    await until("it is read again", async () => (await trouble()) === null, SEEN);
  });

  test(`${kind.name}: killed and back, frozen, rights lost, restart while it is down`, {
    ...kind.needed,
    timeout: 120_000,
  }, async (t) => {
    const db = await kind.start(t);
    await db.run(...PJSIP_TABLES, ...pjsipPhone("anna", PASSWORD), ...kind.grants);
    const folder = scratch(t);
    const config = writeConfig(folder, { listen: listen(db) });
    const first = await startDaemon(t, config);
    const trouble = async (daemon = first) => (await statusOf(daemon)).foreign.trouble;
    await db.kill();
    await until("it is missed", async () => (await trouble())?.code === "ACCOUNTS_UNREACHABLE", SEEN);
    const { code, out, err } = await runProgram(["status", "--config", config]);
    assert.equal(code, 1, out);
    assert.match(out, /NOT READ for \d+ s: .* is not reachable: .*\n +the accounts read last serve\n/);
    assert.ok(!(out + err).includes(SECRET) && !(out + err).includes(encodeURIComponent(SECRET)));
    await db.start();
    await until("it is back", async () => (await trouble()) === null, 2 * SEEN);
    await db.run(...pjsipPhone("bert", PASSWORD));
    await until("it is read", async () => (await statusOf(first)).accounts === 2, SEEN);

    await db.run(kind.revoke);
    await until("a right is missed", async () => /ACCOUNTS_(TABLE|DENIED)/.test((await trouble())?.code ?? ""), SEEN);
    assert.equal((await statusOf(first)).accounts, 2);
    await first.kill("SIGKILL");

    await db.kill();
    const second = await startDaemon(t, config);
    assert.equal((await statusOf(second)).accounts, 2, "the last snapshot serves");
    await until("it is missed", async () => (await trouble(second))?.code === "ACCOUNTS_UNREACHABLE", SEEN);
    await db.start();
    await db.run(...kind.grants.slice(1), ...pjsipPhone("carl", PASSWORD));
    await until("it is back", async () => (await statusOf(second)).accounts === 3, 2 * SEEN);

    db.freeze();
    await until("silence is noticed", async () => (await trouble(second))?.code === "ACCOUNTS_UNREACHABLE", 20_000);
    db.thaw();
    await until("it goes on", async () => (await trouble(second)) === null, 20_000);
    await second.kill("SIGTERM");
  });

  test(`${kind.name}: wrong password, then the right one in a file`, {
    ...kind.needed,
    timeout: 120_000,
  }, async (t) => {
    const db = await kind.start(t);
    await db.run(...PJSIP_TABLES, ...pjsipPhone("anna", PASSWORD), ...kind.grants);
    const folder = scratch(t);
    const file = join(folder, "password");
    const url = db.url("rempart", "").replace("rempart:@", "rempart@");
    const sockets = listener("udp", "127.0.0.1:0") + listener("tcp", "127.0.0.1:0");
    const edge = await startEdge(
      t,
      { listen: sockets + accountsToml(url, "pjsip", 'password_file = "password"') },
      folder,
    );
    const trouble = async () => (await statusOf(edge)).foreign.trouble;
    assert.match((await trouble())?.what ?? "", /the password in .*password cannot be read/);
    writeFileSync(file, "wrong\n");
    await until("it is refused", async () => /does not let us in/.test((await trouble())?.what ?? ""), SEEN);
    assert.equal((await trouble())?.code, "ACCOUNTS_DENIED");
    writeFileSync(file, `${SECRET}\n`);
    await until("it is let in", async () => (await statusOf(edge)).accounts === 1, SEEN);
  });

  test(`${kind.name}: TLS, and a certificate that nobody has signed`, {
    ...kind.needed,
    timeout: 120_000,
  }, async (t) => {
    const tls = makeCertificate(t);
    const db = await kind.start(t, tls);
    await db.run(...PJSIP_TABLES, ...pjsipPhone("anna", PASSWORD), ...kind.grants);
    const toml = (more: string): string => {
      const sockets = listener("udp", "127.0.0.1:0") + listener("tcp", "127.0.0.1:0");
      return (
        sockets +
        accountsToml(db.url("rempart", SECRET).replace("127.0.0.1", "localhost"), "pjsip", `tls = true\n${more}`)
      );
    };
    const known = await startEdge(t, { listen: toml(`tls_ca = "${tls.cert}"`) });
    assert.equal((await statusOf(known)).accounts, 1, JSON.stringify(await statusOf(known)));
    const unknown = await startEdge(t, { listen: toml("") });
    const { accounts, foreign } = await statusOf(unknown);
    assert.deepEqual([accounts, foreign.trouble?.code], [0, "ACCOUNTS_UNREACHABLE"]);
    assert.match(foreign.trouble?.what ?? "", /self.signed/);
  });

  test(`${kind.name}: 100,000 accounts, and one change among them`, { ...kind.needed, timeout: 240_000 }, async (t) => {
    const db = await kind.start(t);
    await db.run(...PJSIP_TABLES, ...pjsipPhones(100_000), ...kind.grants);
    const began = performance.now();
    const edge = await startEdge(t, { listen: listen(db) });
    await until("all are there", async () => (await statusOf(edge)).accounts === 100_000, 30_000);
    t.diagnostic(`loaded in ${Math.round(performance.now() - began)} ms`);
    await db.run("update ps_auths set password = 'new' where id = 'phone-5'");
    const phone = await edge.phone("phone-5", { password: "new" });
    const changed = performance.now();
    await until("one change among 100,000", async () => (await phone.register()).status === 200, 2 * SEEN);
    t.diagnostic(`seen in ${Math.round(performance.now() - changed)} ms`);
  });
}
