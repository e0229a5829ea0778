import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { newAuthority } from "../../test/support/authority.ts";
import { callProgram } from "../../test/support/child.ts";
import { loadConfig } from "../config/index.ts";
import { BIN, program, type Site, site } from "./cli.fixture.ts";
import { examine } from "./doctor/examine.ts";
import { asTyped } from "./trouble.ts";

const STRONG = "kV7-uN2#pR9!tX4";

/** Code and three sentences of a refusal on stderr, nothing on stdout. */
function refusal(done: { code: number | null; out: string; err: string }) {
  const lines = done.err.trimEnd().split("\n");
  assert.equal(done.out, "");
  const first = /^rempart: (.+) \[([A-Z_]+)\]$/.exec(lines[0]);
  assert.ok(first, done.err);
  assert.match(lines[lines.length - 2], /^safe: ./);
  assert.match(lines[lines.length - 1], /^next: ./);
  return { exit: done.code, what: first[1], code: first[2], details: lines.slice(1, -2) };
}

test("account add proposes, shows the password once, and stores hashes only", async () => {
  const s = site();
  const added = await s.call(["account", "add"]);
  assert.equal(added.code, 0, added.err);
  const password = /password {2}(\S{20}) /.exec(added.out)?.[1] ?? "";
  const user = /user {6}(\S{10})\n/.exec(added.out)?.[1] ?? "";
  assert.ok(password.length === 20 && user.length === 10, added.out);
  const list = await s.call(["account", "list"]);
  assert.ok(list.out.includes(user) && !list.out.includes(password));
  for (const end of ["", "-wal"]) assert.ok(!readIf(`${s.state}/rempart.db${end}`).includes(password));
  assert.equal(statSync(s.state).mode & 0o777, 0o700);
  assert.equal(statSync(`${s.state}/rempart.db`).mode & 0o777, 0o600);
});

test("accounts: add, list, passwd, remove, in words and as JSON", async () => {
  const s = site();
  assert.deepEqual(JSON.parse((await s.call(["account", "list", "-o", "json"])).out), []);
  const added = await s.run(["account", "add", "reception", "--password-stdin", "-o", "json"], `${STRONG}\n`);
  assert.deepEqual(JSON.parse(added.out), { user: "reception", domain: "pbx.example.org" });
  const again = await s.call(["-o", "json", "account", "add", "reception@OTHER.example.org"]);
  const { user, domain, password } = JSON.parse(again.out);
  assert.deepEqual([user, domain, password.length], ["reception", "other.example.org", 20]);
  const listed = JSON.parse((await s.call(["account", "list", "-o", "json"])).out);
  assert.deepEqual(
    listed.map((a: { domain: string }) => a.domain),
    ["other.example.org", "pbx.example.org"],
  );
  assert.match(
    (await s.call(["account", "passwd", "reception"])).out,
    /^Password changed\.\n(.*\n)*.*password {2}\S{20} /,
  );
  assert.equal((await s.call(["account", "remove", "reception"])).out, "Removed reception@pbx.example.org.\n");
  const gone = refusal(await s.call(["account", "remove", "reception"]));
  assert.deepEqual([gone.exit, gone.code], [1, "ACCOUNT_UNKNOWN"]);
});

/** Arguments, stdin, exit code, code, and what the words must hold. */
const REFUSALS: [string[], string, number, string, RegExp][] = [
  [["account", "add", "1001"], "", 1, "ACCOUNT_WEAK", /1001 is a number/],
  [["account", "add", "reception", "--password-stdin"], "12345\n", 1, "ACCOUNT_WEAK", /the password is a number/],
  [["account", "add", "reception", "--password-stdin"], "", 1, "ACCOUNT_INVALID", /found nothing/],
  [["account", "add", "reception", "--domain", "example.com"], "", 1, "DOMAIN_FOREIGN", /"example.com"/],
  [["account", "passwd", "nobody-here"], "", 1, "ACCOUNT_UNKNOWN", /nobody-here@pbx.example.org/],
  [["account", "import", "nowhere.csv"], "", 2, "USAGE_FILE", /nowhere.csv cannot be read: no such file/],
  [["account", "import", "-"], "user\n", 1, "IMPORT_INVALID", /line 1, column 1: found "user"/],
  [
    ["account", "import", "-"],
    "reception,pbx.example.org,x\n",
    1,
    "IMPORT_INVALID",
    /: found "reception" and more, exp/,
  ],
  [["account", "import", "/dev/zero"], "", 2, "USAGE_FILE", /zero cannot be read: it is larger than 32 MiB/],
  [["account", "import", "/"], "", 2, "USAGE_FILE", /a folder/],
  [["account", "remove"], "", 2, "USAGE", /missing required argument 'user'/],
  [["account", "add", "a", "b"], "", 2, "USAGE", /too many arguments/],
  [["account", "add", "--pasword", "x"], "", 2, "USAGE", /unknown option '--pasword'/],
  [["acount"], "", 2, "USAGE", /unknown command 'acount' \(Did you mean account\?\)/],
  [["status", "-o", "yaml"], "", 2, "USAGE", /'yaml' is invalid.*human, json/],
  [["status"], "", 3, "DAEMON_ABSENT", /no daemon runs/],
  [["registrations", "drop", "reception"], "", 3, "DAEMON_ABSENT", /no daemon runs/],
];

test("refusals: what happened, what is safe, what to run; stable codes", async (t) => {
  const s = site();
  const asJson = new Set<number>();
  for (const [args, stdin, exit, code, words] of REFUSALS) {
    await t.test(`${args.join(" ")}`, async () => {
      const reads = args.includes("-") || args.includes("--password-stdin");
      const human = refusal(await s.call(args, reads ? stdin : undefined));
      assert.deepEqual([human.exit, human.code], [exit, code]);
      assert.match(human.what, words);
      // One of each exit code is enough to show that JSON says the same, and that a process ends with it.
      if (asJson.has(exit) || args.includes("-o")) return;
      asJson.add(exit);
      const json = await s.run([...args, "-o", "json"], stdin);
      const told = JSON.parse(json.err);
      assert.deepEqual([json.out, json.code, told.code, told.what], ["", exit, code, human.what]);
      assert.ok(told.safe && told.next);
    });
  }
});

test("what to run next can be typed as it stands", async () => {
  const s = site();
  const done = await s.run(["status"]);
  assert.ok(done.err.endsWith(`next: Start it: ${BIN} --config ${s.file} run\n`), done.err);
});

test("what to run next can be typed, whatever the path holds", () => {
  const next = (config: string): string => asTyped("See: rempart status", config);
  assert.equal(next("/etc/a-b/r.toml"), "See: rempart --config /etc/a-b/r.toml status");
  assert.equal(next("/it's $&/r.toml"), "See: rempart --config '/it'\\''s $&/r.toml' status");
});

test("a command that lacks its second word shows its help and fails", async () => {
  for (const args of [[], ["account"], ["config"], ["registrations"]]) {
    const done = await (args.length === 0 ? program(BIN, args, "", "/") : callProgram(args));
    assert.equal(done.code, 2);
    assert.match(done.err, /^Usage: rempart/);
    assert.equal(done.out, "");
  }
});

test("help and version are data", async () => {
  const help = await callProgram(["account", "add", "--help"]);
  assert.equal(help.code, 0);
  assert.match(help.out, /--password-stdin/);
  assert.match((await program(BIN, ["--version"], "", "/")).out, /^\d+\.\d+\.\d+\n$/);
});

test("import: all or nothing", async () => {
  const s = site();
  const good = `user,domain,password\r\nreception,pbx.example.org,"${STRONG}"\r\nwarehouse,other.example.org,"${STRONG},2"\r\n`;
  writeFileSync(`${s.folder}/good.csv`, `\ufeff${good}`);
  assert.equal((await s.call(["account", "import", `${s.folder}/good.csv`])).out, "Imported 2 accounts.\n");
  const twice = refusal(await s.call(["account", "import", `${s.folder}/good.csv`]));
  assert.equal(twice.what, "the file has 2 faults");
  assert.deepEqual(twice.details, [
    "  line 2, column 1: user: reception@pbx.example.org exists already",
    "  line 3, column 1: user: warehouse@other.example.org exists already",
  ]);
  writeFileSync(`${s.folder}/latin1.csv`, Buffer.from([0x75, 0xfc, 0x0a]));
  assert.match(refusal(await s.call(["account", "import", `${s.folder}/latin1.csv`])).what, /it is not UTF-8/);
  const byStdin = await s.call(
    ["account", "import", "-", "-o", "json"],
    "user,domain,password\nworkshop,pbx.example.org,x\n",
  );
  assert.equal(JSON.parse(byStdin.err).code, "IMPORT_INVALID");
  assert.equal(JSON.parse((await s.call(["account", "list", "-o", "json"])).out).length, 2);
});

test("a password on stdin that is not UTF-8 is refused: what would be stored is another one", async () => {
  const latin1 = Buffer.from("caf\xe9-Kq7mWx9pRt\n", "latin1");
  const done = await site().call(["account", "add", "reception", "--password-stdin"], latin1);
  assert.match(refusal(done).what, /stdin cannot be read: it is not UTF-8/);
});

test("import: 10,000 accounts", async () => {
  const rows = Array.from({ length: 10_000 }, (_, i) => `phone-${i}-x,pbx.example.org,secret-${i}-Wq7#mT`).join("\n");
  const s = site();
  writeFileSync(`${s.folder}/many.csv`, `user,domain,password\n${rows}\n`);
  assert.equal((await s.run(["account", "import", "many.csv"])).out, "Imported 10000 accounts.\n");
});

test("config check and show", async () => {
  const s = site('[log]\nlevel = "warn"\n');
  assert.equal((await s.call(["config", "check"])).out, `Configuration OK: ${s.file}\n`);
  assert.deepEqual(JSON.parse((await s.call(["config", "check", "-o", "json"])).out), { ok: true, files: [s.file] });
  const shown = await s.call(["config", "show"]);
  writeFileSync(`${s.folder}/again.toml`, shown.out);
  const again = await program(BIN, ["config", "show", "--config", `${s.folder}/again.toml`], "", "/");
  assert.equal(again.out.replace(/^#.*\n/, ""), shown.out.replace(/^#.*\n/, ""));
  assert.equal(JSON.parse((await s.call(["config", "show", "-o", "json"])).out).log.level, "warn");
});

/** A site that listens for TLS, with these files beside its configuration. */
function tlsSite(files: Readonly<Record<string, string>>, tables: string): Site {
  const s = site(`[[sip.listen]]\ntransport = "tls"\naddress = "127.0.0.1:0"\n${tables}`);
  for (const [name, text] of Object.entries(files)) writeFileSync(`${s.folder}/${name}`, text);
  return s;
}

const pair = (cert: string, key: string, domain = "pbx.example.org"): string =>
  `[[tls.certificate]]\ndomain = "${domain}"\ncert = "${cert}"\nkey = "${key}"\n`;

test("config check reads the files of [tls] as a start would: one line each, with path, found, expected", async (t) => {
  const ca = await newAuthority("CA");
  const [one, two] = [await ca.issue(["pbx.example.org"]), await ca.issue(["other.example.org"])];
  const files = { "1.crt": one.cert, "1.key": one.key, "2.key": two.key, "junk.pem": "junk", "ca.pem": ca.cert };
  const peer = (more: string): string => `[[tls.peer]]\nname = "carrier"\naddress = ["192.0.2.1"]\n${more}\n`;
  const cases: [name: string, tables: string, details: (folder: string) => string[]][] = [
    ["right ones", pair("1.crt", "1.key") + peer('ca = "ca.pem"'), () => []],
    [
      "files that are not there",
      pair("none.crt", "none.key"),
      (f) => [
        `tls.certificate[0].cert: found ${f}/none.crt (no such file), expected a PEM file that can be read`,
        `tls.certificate[0].key: found ${f}/none.key (no such file), expected a PEM file that can be read`,
      ],
    ],
    [
      "the key of another, no certificate, no authority",
      pair("1.crt", "1.key") +
        pair("1.crt", "2.key", "b.example") +
        pair("junk.pem", "1.key", "c.example") +
        peer('ca = "junk.pem"'),
      (f) => [
        `tls.certificate[1]: found ${f}/1.crt and ${f}/2.key (certificate and key do not belong together), expected a certificate chain and its own key, in PEM form, the key without a passphrase`,
        `tls.certificate[2]: found ${f}/junk.pem and ${f}/1.key (the certificate file holds no certificate in PEM form), expected a certificate chain and its own key, in PEM form, the key without a passphrase`,
        `tls.peer[0]: found ${f}/junk.pem (the \`ca\` file holds no certificate in PEM form, or a broken one), expected certificates of authorities in ca and a revocation list in crl, in PEM form`,
      ],
    ],
  ];
  for (const [name, tables, details] of cases) {
    await t.test(name, async () => {
      const s = tlsSite(files, tables);
      const done = await s.call(["config", "check"]);
      const expected = details(s.folder);
      if (expected.length === 0) {
        assert.deepEqual([done.code, done.out], [0, `Configuration OK: ${s.file}\n`], done.err);
        return;
      }
      const told = refusal(done);
      assert.deepEqual([told.exit, told.code], [2, "CONFIG_INVALID"]);
      assert.deepEqual(
        told.details,
        expected.map((line) => `  ${line}`),
      );
    });
  }
});

test("config check: without a TLS listener nobody reads the files", async () => {
  const s = site(pair("none.crt", "none.key"));
  assert.equal((await s.call(["config", "check"])).code, 0);
});

test("a wrong configuration: one line for each fault, exit 2, nothing started or made", async (t) => {
  const s = site('side = "left"\n[log]\nlevl = 1\n');
  for (const args of [["config", "check"], ["config", "show"], ["run"], ["account", "add"], ["status"]]) {
    await t.test(args.join(" "), async () => {
      const told = refusal(args[0] === "run" ? await s.run(args) : await s.call(args));
      assert.deepEqual([told.exit, told.code], [2, "CONFIG_INVALID"]);
      assert.deepEqual(told.details, [
        '  rempart.toml: sip.listen[0].side: found "left", expected one of public, private',
        "  rempart.toml: log.levl: found an unknown key, expected level",
      ]);
    });
  }
  assert.equal(statSync(s.state, { throwIfNoEntry: false }), undefined);
  const missing = refusal(await callProgram(["config", "check", "--config", "/nowhere.toml"]));
  assert.deepEqual([missing.exit, missing.code], [2, "CONFIG_UNREADABLE"]);
});

test("doctor tells people where old phones cannot log in, what to write, and what it costs", async () => {
  const { code, out } = await site().call(["doctor"]);
  assert.equal(code, 0);
  const words =
    /^note {2}digest {4}SHA-256, MD5 are offered.* give up at SHA-256 .*\n +run: .*algorithms = \["MD5"\].* it costs: /m;
  assert.match(out, words);
  // By this machine's limits: enough or not, but looked at.
  assert.match(out, /^(ok {4}buffers {3}4096 KiB|warn {2}buffers {3}UDP sockets get \d+ KiB)/m);
});

test("doctor: exit code 1 and JSON when something fails", async () => {
  const s = site();
  writeFileSync(s.state, "");
  const done = await s.call(["doctor", "-o", "json"]);
  assert.equal(done.code, 1);
  assert.ok(
    JSON.parse(done.out).some((f: { name: string; level: string }) => f.name === "state" && f.level === "fail"),
  );
});

test("doctor says what is wrong and what to run", async (t) => {
  const cases: [string, (s: Site) => void, string, string, number][] = [
    ["all well", () => {}, "state", "ok", 0],
    ["open state folder", (s) => mkdirSync(s.state, { mode: 0o755 }), "state", "warn", 0],
    ["a file as state", (s) => writeFileSync(s.state, ""), "state", "fail", 1],
    ["damaged database", (s) => damaged(s), "database", "fail", 1],
    ["open database", (s) => openDatabase(s), "database", "warn", 0],
    ["accounts of another realm", (s) => foreignRealm(s, "pbx.example.org", "old"), "database", "fail", 1],
    [
      "accounts of another domain",
      (s) => foreignRealm(s, "gone.example.org", "gone.example.org"),
      "database",
      "warn",
      0,
    ],
    ["an address of nobody", (s) => replace(s, "127.0.0.1:0", "192.0.2.1:5060"), "ports", "fail", 1],
    ["a fault in the file", (s) => replace(s, "udp", "udq"), "config", "fail", 1],
    ["a password for everybody to read", (s) => database(s, "u:secret"), "config", "warn", 1],
    ["no password in it", (s) => database(s, "u"), "config", "ok", 1],
    ["no UDP at all", (s) => replace(s, '"udp"', '"tcp"'), "buffers", "ok", 0],
    ["several algorithms, as by default", () => {}, "digest", "note", 0],
    ["several algorithms, written", (s) => offer(s, '"MD5", "SHA-512-256"'), "digest", "note", 0],
    ["MD5 alone", (s) => offer(s, '"MD5"'), "digest", "ok", 0],
    ["SHA-256 alone", (s) => offer(s, '"SHA-256"'), "digest", "ok", 0],
  ];
  for (const [name, prepare, check, level, exit] of cases) {
    await t.test(name, async () => {
      const s = site();
      prepare(s);
      const all = await examine(async () => loadConfig(s.file));
      const found = all.find((f) => f.name === check);
      assert.equal(found?.level, level, JSON.stringify(found));
      assert.equal(found?.run !== undefined, level !== "ok");
      assert.equal(all.some((f) => f.level === "fail") ? 1 : 0, exit, JSON.stringify(all));
    });
  }
});

function readIf(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? "" : readFileSync(path, "latin1");
}

function replace(s: Site, from: string, to: string): void {
  writeFileSync(s.file, readFileSync(s.file, "utf8").replace(from, to));
}

function database(s: Site, who: string): void {
  const lines = `[accounts]\nurl = "postgres://${who}@127.0.0.1:1/a"\ntables = "pjsip"\n`;
  writeFileSync(s.file, `\n${lines}`, { flag: "a" });
}

function offer(s: Site, algorithms: string): void {
  writeFileSync(s.file, `\n[auth]\nalgorithms = [${algorithms}]\n`, { flag: "a" });
}

function damaged(s: Site): void {
  mkdirSync(s.state, { mode: 0o700 });
  writeFileSync(`${s.state}/rempart.db`, "no database ".repeat(1_000));
}

function openDatabase(s: Site): void {
  foreignRealm(s, "pbx.example.org", "pbx.example.org");
  chmodSync(`${s.state}/rempart.db`, 0o644);
}

function foreignRealm(s: Site, domain: string, realm: string): void {
  mkdirSync(s.state, { mode: 0o700 });
  writeFileSync(`${s.state}/rempart.db`, "", { mode: 0o600 });
  const db = new DatabaseSync(`${s.state}/rempart.db`);
  db.exec("create table accounts(user text, domain text, realm text)");
  db.prepare("insert into accounts values ('reception', ?, ?)").run(domain, realm);
  db.close();
}
