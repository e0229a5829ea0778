import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { isTrouble, type Trouble } from "../base/index.ts";
import { openStore, type Store } from "../store/index.ts";
import { type AccountChange, type AccountPolicy, accountCommands, openAccounts } from "./index.ts";

const root = mkdtempSync(`${tmpdir()}/rempart-accounts-`);
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

const POLICY: AccountPolicy = {
  domains: ["pbx.example.org", "other.example.org"],
  realmOf: (domain) => (domain === "other.example.org" ? "office" : domain),
  algorithms: ["SHA-256", "MD5"],
  now: () => 1_000,
};
const STRONG = "kV7-uN2#pR9!tX4";

async function fresh(policy = POLICY) {
  const store = await openStore(`${root}/${++folders}`, { busyMs: 1_000 });
  if (isTrouble(store)) assert.fail(store.what);
  const changes: AccountChange[] = [];
  return { store, changes, accounts: openAccounts(store, policy, (change) => changes.push(change)) };
}

async function stored(store: Store) {
  const all = await store.loadAccounts();
  assert.ok(!isTrouble(all));
  return all;
}

function refused(result: unknown, code: string): Trouble {
  if (!isTrouble(result)) assert.fail(`must be refused: ${JSON.stringify(result)}`);
  assert.equal(result.code, code, result.what);
  for (const line of [result.what, result.safe, result.next, ...(result.details ?? [])]) {
    assert.ok(line.length > 0 && !line.includes("\n"), line);
    assert.ok(!line.includes(STRONG), "a password is never repeated");
  }
  return result;
}

test("what is proposed is strong, and only its hashes are stored", async () => {
  const { store, accounts, changes } = await fresh();
  const added = await accounts.add({});
  assert.ok(!isTrouble(added));
  assert.match(added.user, /^[a-z]{8}\d\d$/);
  assert.match(added.password ?? "", /^[a-zA-Z2-9]{20}$/);
  assert.equal(added.domain, "pbx.example.org");
  const a1 = `${added.user}:pbx.example.org:${added.password}`;
  const [account] = await stored(store);
  assert.deepEqual(account.ha1, { md5: hash("md5", a1), sha256: hash("sha256", a1) });
  assert.ok(!JSON.stringify(account).includes(added.password ?? ""));
  assert.deepEqual(changes, [{ put: [account], removed: [] }]);
  await store.close();
});

test("proposals do not repeat and never hold what is read two ways", async () => {
  const { store, accounts } = await fresh();
  const seen = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const added = await accounts.add({});
    assert.ok(!isTrouble(added));
    assert.doesNotMatch(added.password ?? "", /[0Oo1lI]/);
    seen.add(added.user).add(added.password ?? "");
  }
  assert.equal(seen.size, 400);
  await store.close();
});

/** User, password, and words of the refusal (undefined: taken). */
const WEAK: [string, string, RegExp | undefined][] = [
  ["reception", STRONG, undefined],
  ["1001", STRONG, /is a number/],
  ["12345678901", STRONG, /is a number/],
  ["+49301234567", STRONG, /is a number/],
  ["anna", STRONG, /has 4 characters/],
  ["reception", "reception", /is the user name/],
  ["reception", "RECEPTION", /is the user name/],
  ["reception", "918273645546372819", /is a number/],
  ["reception", "short#1xY", /has 9 characters/],
  ["reception", "asterisk", /attacker's list/],
  ["reception", "Password2024!", /attacker's list/],
  ["reception", "xx-reception-xx", /contains the user name/],
  ["reception", "abababababab", /repeats/],
  ["reception", "correct horse battery", undefined],
];

test("weak ones are refused in words, unless allowed", async (t) => {
  for (const [user, password, words] of WEAK) {
    await t.test(`${user} ${password}`, async () => {
      const { store, accounts, changes } = await fresh();
      const added = await accounts.add({ user, password });
      if (words) {
        assert.match(refused(added, "ACCOUNT_WEAK").what, words);
        assert.deepEqual(changes, []);
        assert.deepEqual(await accounts.add({ user, password, allowWeak: true }), { user, domain: "pbx.example.org" });
      } else assert.deepEqual(added, { user, domain: "pbx.example.org" });
      await store.close();
    });
  }
});

test("the domain may be left out, stand apart or in the name; a foreign one is refused", async () => {
  const { store, accounts } = await fresh();
  const password = STRONG;
  assert.deepEqual(await accounts.add({ user: "reception", password }), {
    user: "reception",
    domain: "pbx.example.org",
  });
  assert.deepEqual(await accounts.add({ user: "reception@OTHER.example.org", password }), {
    user: "reception",
    domain: "other.example.org",
  });
  assert.equal((await stored(store))[0].ha1.md5, hash("md5", `reception:office:${STRONG}`), "hashed for its realm");
  const foreign = refused(await accounts.add({ user: "reception", domain: "example.com", password }), "DOMAIN_FOREIGN");
  assert.match(foreign.what, /found "example.com", expected an own domain: pbx.example.org, other.example.org/);
  refused(await accounts.add({ user: "a@b@pbx.example.org", password }), "ACCOUNT_INVALID");
  await store.close();
});

test("names and passwords that would not survive the wire are refused", async () => {
  const { store, accounts } = await fresh();
  for (const user of [
    "",
    "with space",
    'quo"te',
    "semi;colon",
    "-dash-first",
    "é-accented",
    "x".repeat(65),
    "new\nline",
  ]) {
    refused(
      await accounts.add({ user, domain: "pbx.example.org", password: STRONG, allowWeak: true }),
      "ACCOUNT_INVALID",
    );
  }
  for (const password of ["", "line\nbreak-12345", "nul\u0000-123456789", "x".repeat(129)]) {
    refused(await accounts.add({ user: "reception", password, allowWeak: true }), "ACCOUNT_INVALID");
  }
  await store.close();
});

test("once only; then a new password, then gone", async () => {
  const { store, accounts, changes } = await fresh();
  await accounts.add({ user: "reception", password: STRONG });
  refused(await accounts.add({ user: "reception", password: STRONG }), "ACCOUNT_EXISTS");
  const fresh1 = await accounts.passwd({ user: "reception" });
  assert.ok(!isTrouble(fresh1) && fresh1.password?.length === 20);
  const md5 = hash("md5", `reception:pbx.example.org:${fresh1.password}`);
  assert.equal((await stored(store))[0].ha1.md5, md5);
  refused(await accounts.passwd({ user: "reception", password: "12345678901" }), "ACCOUNT_WEAK");
  refused(await accounts.passwd({ user: "nobody-here" }), "ACCOUNT_UNKNOWN");
  assert.deepEqual(await accounts.remove({ user: "reception" }), { user: "reception", domain: "pbx.example.org" });
  refused(await accounts.remove({ user: "reception" }), "ACCOUNT_UNKNOWN");
  assert.deepEqual(
    changes.map((c) => [c.put.length, c.removed.length]),
    [
      [1, 0],
      [1, 0],
      [0, 1],
    ],
  );
  await store.close();
});

test("a number that exists keeps its name when it gets a new password", async () => {
  const { store, accounts } = await fresh();
  await accounts.add({ user: "1001", password: STRONG, allowWeak: true });
  assert.deepEqual(await accounts.passwd({ user: "1001", password: STRONG }), {
    user: "1001",
    domain: "pbx.example.org",
  });
  await store.close();
});

test("SHA-512-256 is hashed where it is offered", async () => {
  const { store, accounts } = await fresh({ ...POLICY, algorithms: ["SHA-512-256", "MD5"] });
  await accounts.add({ user: "reception", password: STRONG });
  assert.equal((await stored(store))[0].ha1.sha512_256, hash("sha512-256", `reception:pbx.example.org:${STRONG}`));
  await store.close();
});

const HASHES = `${"a".repeat(32)},${"b".repeat(64)}`;
/** A file, and the lines of its refusal (undefined: taken). */
const FILES: [string, string, string[] | undefined][] = [
  ["passwords", `user,domain,password\nreception,pbx.example.org,${STRONG}\n`, undefined],
  ["hashes", `user,domain,ha1_md5,ha1_sha256\nreception,pbx.example.org,${HASHES.toUpperCase()}\n`, undefined],
  [
    "as a spreadsheet writes it",
    `\ufeff"User","Domain","Password"\r\n"reception","PBX.example.org","with,comma""and quote"\r\n`,
    undefined,
  ],
  ["only a header", "user,domain,password\n", undefined],
  [
    "nothing",
    "",
    ["line 1, column 1: found an empty file, expected user,domain,password or user,domain,ha1_md5,ha1_sha256"],
  ],
  [
    "another separator",
    "user;domain;password\n",
    ['line 1, column 1: found "user;domain;password", expected user,domain,password or user,domain,ha1_md5,ha1_sha256'],
  ],
  [
    "no quote at the end",
    'user,domain,password\n"reception,',
    ['line 2, column 1: the quote that opens here is not closed, expected " at its end'],
  ],
  [
    "wrong number of values",
    "user,domain,password\nreception,pbx.example.org\nreception2,pbx.example.org,x,y\n",
    [
      "line 2, column 11: found 2 values, expected 3 (user,domain,password)",
      "line 3, column 30: found 4 values, expected 3 (user,domain,password)",
    ],
  ],
  [
    "each fault in its place",
    `user,domain,password\n1001,pbx.example.org,${STRONG}\nreception,example.com,${STRONG}\nwarehouse,pbx.example.org,12345\n`,
    [
      "line 2, column 1: user: the user name 1001 is a number, and scanners try every number first",
      'line 3, column 11: domain: found "example.com", expected an own domain: pbx.example.org, other.example.org',
      "line 4, column 27: password: the password is a number, and all numbers of that length are tried in minutes",
    ],
  ],
  [
    "hashes of a wrong length",
    "user,domain,ha1_md5,ha1_sha256\nreception,pbx.example.org,abc,xyz\n",
    [
      "line 2, column 27: ha1_md5: found no MD5 hash, expected 32 hexadecimal digits",
      "line 2, column 31: ha1_sha256: found no SHA-256 hash, expected 64 hexadecimal digits",
    ],
  ],
  [
    "twice in the file",
    `user,domain,password\nreception,pbx.example.org,${STRONG}\nreception,PBX.example.org,${STRONG}\n`,
    ["line 3, column 1: user: reception@pbx.example.org is in line 2 already"],
  ],
  [
    "known already",
    `user,domain,password\nreception,pbx.example.org,${STRONG}\nwarehouse,pbx.example.org,${STRONG}\n`,
    ["line 3, column 1: user: warehouse@pbx.example.org exists already"],
  ],
];

test("import: all or nothing, faults with line and column", async (t) => {
  for (const [name, csv, lines] of FILES) {
    await t.test(name, async () => {
      const { store, accounts, changes } = await fresh();
      await accounts.add({ user: "warehouse", password: STRONG });
      const result = await accounts.importCsv({ csv });
      if (lines) {
        assert.deepEqual(refused(result, "IMPORT_INVALID").details, lines);
        assert.equal((await stored(store)).length, 1);
        assert.equal(changes.length, 1);
      } else {
        const rows = csv.trimEnd().split("\n").length - 1;
        assert.deepEqual(result, { imported: rows });
        assert.equal((await stored(store)).length, 1 + rows);
      }
      await store.close();
    });
  }
});

test("import: imported passwords and hashes are what digest needs", async () => {
  const { store, accounts } = await fresh();
  await accounts.importCsv({ csv: `user,domain,password\nreception,pbx.example.org,"a ""quoted"", ü word"` });
  await accounts.importCsv({
    csv: `user,domain,ha1_md5,ha1_sha256\nwarehouse,other.example.org,${HASHES.toUpperCase()}`,
  });
  const [warehouse, reception] = await stored(store);
  assert.equal(reception.ha1.md5, hash("md5", 'reception:pbx.example.org:a "quoted", ü word'));
  assert.deepEqual(warehouse.ha1, { md5: "a".repeat(32), sha256: "b".repeat(64) });
  await store.close();
});

test("import: many faults are told shortly", async () => {
  const { store, accounts } = await fresh();
  const rows = Array.from({ length: 1_000 }, (_, i) => `${i},pbx.example.org,x`).join("\n");
  const details =
    refused(await accounts.importCsv({ csv: `user,domain,password\n${rows}` }), "IMPORT_INVALID").details ?? [];
  assert.equal(details.length, 21);
  assert.match(details[20], /^and \d+ more$/);
  await store.close();
});

test("import: 10,000 accounts are one change", async () => {
  const rows = Array.from({ length: 10_000 }, (_, i) => `phone-${i}-x,pbx.example.org,secret-${i}-Wq7#mT`).join("\n");
  const { store, accounts, changes } = await fresh();
  assert.deepEqual(await accounts.importCsv({ csv: `user,domain,password\n${rows}` }), { imported: 10_000 });
  assert.equal(changes.length, 1);
  assert.equal(changes[0].put.length, 10_000);
  await store.close();
});

test("commands of the control socket refuse arguments of another shape", async () => {
  const { store, accounts } = await fresh();
  const commands = accountCommands(accounts);
  for (const [name, args] of [
    ["account.add", null],
    ["account.add", { user: 7 }],
    ["account.add", { allowWeak: "yes" }],
    ["account.remove", {}],
    ["account.passwd", { password: STRONG }],
    ["account.import", { csv: ["user"] }],
  ] as const) {
    refused(await commands[name](args), "COMMAND_INVALID");
  }
  assert.deepEqual(await commands["account.add"]({ user: "reception", password: STRONG }), {
    user: "reception",
    domain: "pbx.example.org",
  });
  const list = await commands["account.list"](undefined);
  assert.deepEqual(list, [
    { user: "reception", domain: "pbx.example.org", origin: "own", created: 1_000, changed: 1_000 },
  ]);
  await store.close();
});
