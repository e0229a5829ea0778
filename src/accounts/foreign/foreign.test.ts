import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { PJSIP_TABLES, pjsipPhone, SIPPEERS_TABLES, SUBSCRIBER_TABLES } from "../../../test/support/realtime.ts";
import { isTrouble } from "../../base/index.ts";
import type { AccountsConfig } from "../../config/index.ts";
import { type AccountPolicy, foreignSource, type Gathering } from "../index.ts";

const root = mkdtempSync(`${tmpdir()}/rempart-foreign-`);
after(() => rmSync(root, { recursive: true, force: true }));
let files = 0;

const POLICY: AccountPolicy = {
  domains: ["pbx.example.org", "other.example.org"],
  realmOf: (domain) => (domain === "other.example.org" ? "office" : domain),
  algorithms: ["SHA-256", "MD5"],
  now: () => 1_000,
};
const MD5 = "0123456789abcdef0123456789abcdef";
const SHA256 = `${MD5}${MD5}`;

function database(statements: readonly string[], file = `${root}/${++files}.db`) {
  const db = new DatabaseSync(file);
  for (const statement of statements) db.exec(statement);
  return { file, db };
}

function sourceOf(file: string, tables: AccountsConfig["tables"], policy = POLICY) {
  const rest = { host: "", port: 0, socket: "", user: "", password: "", passwordFile: "", tls: false, tlsCa: "" };
  const config = {
    engine: "sqlite",
    shown: `sqlite:${file}`,
    database: file,
    domain: "pbx.example.org",
    interval: 2,
  } as const;
  return foreignSource({ ...rest, ...config, tables }, policy);
}

async function gather(
  statements: readonly string[],
  tables: AccountsConfig["tables"],
  policy = POLICY,
): Promise<Gathering> {
  const { file, db } = database(statements);
  db.close();
  const source = sourceOf(file, tables, policy);
  const marker = await source.marker();
  assert.ok(!isTrouble(marker), JSON.stringify(marker));
  const read = await source.read();
  source.close();
  assert.ok(!isTrouble(read), JSON.stringify(read));
  return read;
}

function md5(a1: string): string {
  return hash("md5", a1);
}

function sha256(a1: string): string {
  return hash("sha256", a1);
}

/** ps_auths columns and values of the phone "anna", beside a phone that is right; then hashes, or the fault. */
const AUTHS: [string, string, { md5?: string; sha256?: string; login?: string } | string][] = [
  [
    "userpass",
    "auth_type = 'userpass', password = 'pä ss'",
    { md5: md5("anna:pbx.example.org:pä ss"), sha256: sha256("anna:pbx.example.org:pä ss") },
  ],
  [
    "no auth_type is userpass",
    "auth_type = null, password = 'x'",
    { md5: md5("anna:pbx.example.org:x"), sha256: sha256("anna:pbx.example.org:x") },
  ],
  ["md5", `auth_type = 'md5', password = 'not this', md5_cred = '${MD5.toUpperCase()}'`, { md5: MD5 }],
  ["md5 of our realm", `auth_type = 'md5', md5_cred = '${MD5}', realm = 'pbx.example.org'`, { md5: MD5 }],
  ["digest, one", `auth_type = 'digest', password = '', password_digest = 'SHA-256:${SHA256}'`, { sha256: SHA256 }],
  [
    "digest, several",
    `auth_type = 'digest', password = null, password_digest = 'MD5:${MD5},SHA-256:${SHA256}'`,
    { md5: MD5, sha256: SHA256 },
  ],
  [
    "digest beside a password",
    `auth_type = 'digest', password = 'x', password_digest = 'MD5:${MD5}'`,
    { md5: MD5, sha256: sha256("anna:pbx.example.org:x") },
  ],
  ["digest with md5_cred", `auth_type = 'digest', password = null, md5_cred = '${MD5}'`, { md5: MD5 }],
  [
    "a password needs no realm of ours",
    "password = 'x', realm = 'asterisk'",
    { md5: md5("anna:pbx.example.org:x"), sha256: sha256("anna:pbx.example.org:x") },
  ],
  [
    "hash of another realm",
    `auth_type = 'md5', md5_cred = '${MD5}', realm = 'asterisk'`,
    'its hash was made for the realm "asterisk", ours is "pbx.example.org" (sip.realm)',
  ],
  [
    "short hash",
    "auth_type = 'md5', md5_cred = 'abc'",
    "found no MD5 hash (3 characters), expected 32 hexadecimal digits",
  ],
  [
    "hash of other characters",
    `auth_type = 'digest', password_digest = 'SHA-256:${"g".repeat(64)}'`,
    "found no SHA-256 hash (64 characters), expected 64 hexadecimal digits",
  ],
  [
    "unknown digest",
    `auth_type = 'digest', password_digest = 'SHA-1:${MD5}'`,
    "password_digest: found another beginning than MD5:, SHA-256: or SHA-512-256:",
  ],
  ["nothing", "password = null", "neither password nor hash: nobody could prove to be it"],
  ["google", "auth_type = 'google_oauth'", 'auth_type "google_oauth" is none of userpass, md5, digest'],
  ["control character", "password = 'a' || char(7)", "password: found a control character, expected printable text"],
  [
    "another name than its aor: the hashes are made with it",
    "username = 'anna-auth', password = 'x'",
    { md5: md5("anna-auth:pbx.example.org:x"), sha256: sha256("anna-auth:pbx.example.org:x"), login: "anna-auth" },
  ],
  [
    "the name of another phone",
    "username = 'bert', password = 'x'",
    { md5: md5("bert:pbx.example.org:x"), sha256: sha256("bert:pbx.example.org:x"), login: "bert" },
  ],
  [
    "a name that credentials cannot have",
    "username = 'an:na'",
    'login name: found "an:na", expected at most 64 letters, digits and signs but : " \\ and spaces',
  ],
];

test("pjsip: what a row of ps_auths gives", async (t) => {
  for (const [name, set, expected] of AUTHS) {
    await t.test(name, async () => {
      const rows = [...pjsipPhone("anna", "x"), ...pjsipPhone("bert", "y")];
      const { accounts, faults, told } = await gather(
        [...PJSIP_TABLES, ...rows, `update ps_auths set ${set} where id = 'anna-auth'`],
        "pjsip",
      );
      assert.ok(accounts.has("bert@pbx.example.org"), "costs nobody else anything");
      if (typeof expected === "string") {
        assert.deepEqual([faults, told, accounts.size], [1, [`ps_auths "anna-auth": ${expected}`], 1]);
      } else {
        const { login, ...ha1 } = expected;
        const anna = accounts.get("anna@pbx.example.org");
        assert.deepEqual([faults, anna?.ha1, anna?.login], [0, ha1, login]);
      }
      assert.ok(!told.join().includes(MD5) && !told.join().includes("gggg"), "no secret in words");
    });
  }
});

/** Statements after two right phones, and what is told of them. */
const ENDPOINTS: [string, string[], string[]][] = [
  ["no auth: a trunk by its address", ["insert into ps_endpoints (id, aors) values ('trunk', 'trunk')"], []],
  [
    "an auth that only outgoing calls use",
    ["insert into ps_auths (id, username, password) values ('carrier', 'c', 'x')"],
    [],
  ],
  [
    "an auth that is not there",
    ["insert into ps_endpoints (id, aors, auth) values ('carl', 'carl', 'carl')"],
    ['ps_endpoints "carl": its auth "carl" is not in ps_auths'],
  ],
  [
    "an aor that is not there",
    ["delete from ps_aors where id = 'anna'"],
    ['ps_auths "anna-auth": the aor "anna" of its endpoint is not in ps_aors'],
  ],
  [
    "no aors",
    ["update ps_endpoints set aors = null where id = 'anna'"],
    [
      'ps_auths "anna-auth": logs in as "anna", but its endpoint has no aors: by what name it is registered is not said',
    ],
  ],
  [
    "lists",
    [
      "update ps_endpoints set aors = 'x, anna', auth = 'anna-auth,bert-auth' where id = 'anna'",
      "delete from ps_endpoints where id = 'bert'",
    ],
    [
      'ps_auths "bert-auth": logs in as "bert", but its endpoint has the aors "x,anna", of which it is none: by what name it is registered is not said',
    ],
  ],
  [
    "two auths of one name",
    [
      "insert into ps_auths (id, username, password) values ('zwei', 'anna', 'z')",
      "insert into ps_endpoints (id, aors, auth) values ('zwei', 'anna', 'zwei')",
    ],
    ['ps_auths "zwei": anna@pbx.example.org is there already, in a row before'],
  ],
  [
    "a name that no SIP user has",
    pjsipPhone("a\tb", "x"),
    ['ps_auths "a\\tb-auth": user name: found "a\\tb", expected at most 64 letters, digits and . _ - +'],
  ],
  [
    "a name with a sign",
    pjsipPhone("anna@home", "x"),
    ['ps_auths "anna@home-auth": user name: found "anna@home", expected at most 64 letters, digits and . _ - +'],
  ],
];

test("pjsip: what endpoints and aors say", async (t) => {
  for (const [name, statements, expected] of ENDPOINTS) {
    await t.test(name, async () => {
      const rows = [...pjsipPhone("anna", "x"), ...pjsipPhone("bert", "y")];
      const { told, faults } = await gather([...PJSIP_TABLES, ...rows, ...statements], "pjsip");
      assert.deepEqual([faults, told], [expected.length, expected]);
    });
  }
});

test("many faults: counted, the first five told", async () => {
  const rows = Array.from({ length: 12 }, (_, i) => pjsipPhone(`an na ${i}`, "x")).flat();
  const { told, faults } = await gather([...PJSIP_TABLES, ...rows], "pjsip");
  assert.deepEqual([faults, told.length], [12, 5]);
});

test("sippeers: dynamic hosts, md5secret before secret", async () => {
  const peer = (id: number, name: string, host: string, secret: string, md5secret: string): string =>
    `insert into sippeers (id, name, host, secret, md5secret) values (${id}, '${name}', '${host}', ${secret}, ${md5secret})`;
  const { accounts, told, lacking } = await gather(
    [
      ...SIPPEERS_TABLES,
      peer(1, "anna", "dynamic", "'x'", "null"),
      peer(2, "bert", "dynamic", "'x'", `'${MD5}'`),
      peer(3, "trunk", "192.0.2.1", "'x'", "null"),
      peer(4, "carl", "dynamic", "null", "''"),
    ],
    "sippeers",
  );
  assert.deepEqual(
    [...accounts.values()].map((a) => [a.user, a.ha1]),
    [
      ["anna", { md5: md5("anna:pbx.example.org:x"), sha256: sha256("anna:pbx.example.org:x") }],
      ["bert", { md5: MD5 }],
    ],
  );
  assert.deepEqual(told, ['sippeers "carl": neither password nor hash: nobody could prove to be it']);
  assert.equal(lacking, 1, "bert has no SHA-256");
});

test("subscriber: domains, and ha1 beside the password", async () => {
  const row = (id: number, user: string, domain: string, password: string, ha1: string): string =>
    `insert into subscriber (id, username, domain, password, ha1) values (${id}, '${user}', '${domain}', '${password}', '${ha1}')`;
  const { accounts, told } = await gather(
    [
      ...SUBSCRIBER_TABLES,
      row(1, "anna", "", "x", ""),
      row(2, "anna", "Other.example.org", "x", md5("anna:office:x")),
      row(3, "bert", "pbx.example.org", "another", MD5),
      row(4, "carl", "pbx.example.org", "", SHA256),
      row(5, "dora", "foreign.example.com", "x", ""),
      row(6, "anna", "pbx.example.org", "y", ""),
      row(7, "emil", "pbx.example.org", "", "12345"),
    ],
    "subscriber",
  );
  assert.deepEqual(
    [...accounts].map(([name, a]) => [name, a.realm, a.ha1]),
    [
      [
        "anna@pbx.example.org",
        "pbx.example.org",
        { md5: md5("anna:pbx.example.org:x"), sha256: sha256("anna:pbx.example.org:x") },
      ],
      ["anna@other.example.org", "office", { md5: md5("anna:office:x"), sha256: sha256("anna:office:x") }],
      ["bert@pbx.example.org", "pbx.example.org", { md5: MD5 }],
      ["carl@pbx.example.org", "pbx.example.org", { sha256: SHA256 }],
    ],
  );
  assert.deepEqual(told.toSorted(), [
    'subscriber "anna@pbx.example.org": anna@pbx.example.org is there already, in a row before',
    'subscriber "dora@foreign.example.com": domain: found "foreign.example.com", expected an own domain: pbx.example.org, other.example.org',
    'subscriber "emil@pbx.example.org": found no MD5 hash (5 characters), expected 32 hexadecimal digits',
  ]);
});

test("the marker changes with the tables, and only then", async () => {
  const { file, db } = database([...PJSIP_TABLES, ...pjsipPhone("anna", "x")]);
  const source = sourceOf(file, "pjsip");
  const first = await source.marker();
  assert.ok(!isTrouble(first), JSON.stringify(first));
  assert.equal(await source.marker(), first);
  db.exec("update ps_auths set password = 'y'");
  const second = await source.marker();
  assert.notEqual(second, first);
  assert.equal(await source.marker(), second);
  // Another file under the same name.
  const other = database([...PJSIP_TABLES, ...pjsipPhone("bert", "x")]);
  other.db.close();
  renameSync(other.file, file);
  assert.notEqual(await source.marker(), second);
  const read = await source.read();
  assert.ok(!isTrouble(read));
  assert.deepEqual([...read.accounts.keys()], ["bert@pbx.example.org"]);
  source.close();
  db.close();
});

/** Statements, and the details of the trouble. */
const MISSING: [string, AccountsConfig["tables"], string[], string[]][] = [
  ["no table at all", "pjsip", [], ["table ps_auths", "table ps_aors", "table ps_endpoints"]],
  ["no table", "pjsip", PJSIP_TABLES.slice(0, 2), ["table ps_endpoints"]],
  ["no column", "pjsip", [...PJSIP_TABLES, "alter table ps_endpoints drop column auth"], ["column ps_endpoints.auth"]],
  [
    "none of several columns",
    "sippeers",
    ["create table sippeers (name text, host text)"],
    ["column sippeers.secret or sippeers.md5secret"],
  ],
];

test("a table without what is needed", async (t) => {
  for (const [name, tables, statements, details] of MISSING) {
    await t.test(name, async () => {
      const { file, db } = database(statements);
      const source = sourceOf(file, tables);
      const marker = await source.marker();
      assert.ok(isTrouble(marker));
      assert.equal(marker.code, "ACCOUNTS_TABLE");
      assert.deepEqual(marker.details, details);
      assert.match(marker.what, new RegExp(`^sqlite:.* has no ${details[0].replaceAll(".", "\\.")}`));
      source.close();
      db.close();
    });
  }
});

test("columns that are not needed may be absent", async () => {
  const { accounts } = await gather(
    [
      "create table ps_auths (id text, username text, password text)",
      "create table ps_aors (id text)",
      "create table ps_endpoints (id text, aors text, auth text)",
      "insert into ps_auths values ('anna', 'anna', 'x')",
      "insert into ps_aors values ('anna')",
      "insert into ps_endpoints values ('anna', 'anna', 'anna')",
    ],
    "pjsip",
  );
  assert.equal(accounts.size, 1);
});

test("a file that is not there, and one that is no database", async () => {
  for (const [file, code] of [
    [`${root}/none.db`, "ACCOUNTS_UNREACHABLE"],
    [import.meta.filename, "ACCOUNTS_QUERY"],
  ]) {
    const source = sourceOf(file, "pjsip");
    const marker = await source.marker();
    assert.ok(isTrouble(marker));
    assert.equal(marker.code, code, marker.what);
    source.close();
  }
});

test("hostile contents cost their own rows alone, neither time nor memory", async () => {
  const huge = "replace(hex(zeroblob(500000)), '00', 'ab')";
  const { file, db } = database([
    ...SUBSCRIBER_TABLES,
    "insert into subscriber(username, password) values ('anna', 'x')",
  ]);
  const put = (username: string, password: string): void =>
    db.exec(`insert into subscriber(username, password) values (${username}, ${password})`);
  for (let i = 0; i < 100; i++) put(`'u${i}'`, huge);
  put(huge, "'x'");
  put(`'bert' || char(0) || ${huge}`, "'x'");
  put("'carl' || char(0)", "'x'");
  put("cast(x'c3286e' as text)", "'x'");
  put("x'646f7261'", "'x'");
  db.close();
  const source = sourceOf(file, "subscriber");
  assert.ok(!isTrouble(await source.marker()));
  const before = process.memoryUsage.rss();
  const read = await source.read();
  source.close();
  assert.ok(!isTrouble(read), JSON.stringify(read));
  assert.deepEqual([...read.accounts.keys()], ["anna@pbx.example.org", "dora@pbx.example.org"]);
  assert.equal(read.faults, 104);
  assert.equal(read.told[0], "subscriber: 102 rows hold a value of more than 4,096 bytes");
  assert.ok(process.memoryUsage.rss() - before < 40 * 1_048_576, "nothing of them was read");
});
