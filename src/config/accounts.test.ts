import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { isTrouble } from "../base/index.ts";
import { loadConfig, showConfig, withoutSecrets } from "./index.ts";

const root = mkdtempSync(`${tmpdir()}/rempart-config-`);
after(() => rmSync(root, { recursive: true, force: true }));
const SECRET = "s3cr3t-W7";

/** [accounts] with these lines, in a folder of its own. */
function load(lines: string) {
  const folder = mkdtempSync(`${root}/`);
  writeFileSync(`${folder}/rempart.toml`, `[sip]\ndomains = ["pbx.example.org"]\n[accounts]\n${lines}\n`);
  return { folder, result: loadConfig(`${folder}/rempart.toml`) };
}

function accounts(lines: string) {
  const { folder, result } = load(lines);
  assert.ok(!isTrouble(result), JSON.stringify(result));
  assert.ok(result.config.accounts);
  return { folder, config: result.config, accounts: result.config.accounts };
}

const URLS: [string, Record<string, unknown>][] = [
  [
    `postgres://rempart:${SECRET}@db.example.org/asterisk`,
    {
      engine: "postgres",
      host: "db.example.org",
      port: 5432,
      user: "rempart",
      password: SECRET,
      database: "asterisk",
      shown: "postgres://rempart@db.example.org:5432/asterisk",
    },
  ],
  [
    "postgresql://a%40b@[2001:db8::1]:6000/x%20y",
    {
      user: "a@b",
      host: "2001:db8::1",
      port: 6000,
      database: "x y",
      shown: "postgres://a%40b@[2001:db8::1]:6000/x%20y",
    },
  ],
  [
    "postgres://rempart@localhost/asterisk?socket=/run/postgresql",
    { socket: "/run/postgresql", password: "", shown: "postgres://rempart@localhost/asterisk?socket=/run/postgresql" },
  ],
  [
    "mysql://u:p%2Fw%3A@127.0.0.1:3307/a",
    { engine: "mysql", password: "p/w:", port: 3307, shown: "mysql://u@127.0.0.1:3307/a" },
  ],
  ["mariadb://u@127.0.0.1/a", { engine: "mysql", port: 3306 }],
  ["sqlite:/var/lib/asterisk/realtime.db", { engine: "sqlite", database: "/var/lib/asterisk/realtime.db" }],
  ["sqlite:///srv/a.db", { database: "/srv/a.db", shown: "sqlite:/srv/a.db" }],
];

test("accounts.url", async (t) => {
  for (const [url, expected] of URLS) {
    await t.test(url.replace(SECRET, "***"), () => {
      const read = accounts(`url = "${url}"\ntables = "pjsip"`).accounts as unknown as Record<string, unknown>;
      for (const [key, value] of Object.entries(expected)) assert.equal(read[key], value, key);
      assert.deepEqual([read.domain, read.interval, read.tls], ["pbx.example.org", 2, false]);
    });
  }
  const { folder, accounts: read } = accounts(`url = "sqlite:here.db"\ntables = "pjsip"\n`);
  assert.equal(read.database, `${folder}/here.db`, "a relative path starts at the file");
});

const URL_EXPECTED =
  "a URL such as postgres://user@host/database, mysql://user@host/database or sqlite:/path/to/file.db";
const FAULTS: [string, string][] = [
  ...[
    `postgres://rempart:${SECRET}@/asterisk`,
    `postgres:/rempart:${SECRET}@host/asterisk`,
    `postgres://rempart:${SECRET}@host`,
    `postgres://rempart:${SECRET}@host/a/b`,
    `postgres://:${SECRET}@host/a`,
    `postgres://rempart:${SECRET}%@host/a`,
    `postgres://rempart:${SECRET}@host/a?sslmode=disable`,
    `postgres://rempart:${SECRET}@host/a?socket=/run`,
    `oracle://rempart:${SECRET}@host/a`,
    `${SECRET}`,
    "sqlite:",
  ].map((url): [string, string] => [
    `url = "${url}"\ntables = "pjsip"`,
    `accounts.url: found another text, expected ${URL_EXPECTED}`,
  ]),
  ['tables = "pjsip"', `accounts.url: found nothing, expected ${URL_EXPECTED}`],
  ['url = "sqlite:/a"', "accounts.tables: found nothing, expected one of pjsip, sippeers, subscriber"],
  [
    `url = "postgres://u:${SECRET}@h/a"\ntables = "pjsip"\npassword_file = "x"`,
    "accounts.password_file: found both, expected the password either here or in the URL",
  ],
  [
    'url = "sqlite:/a"\ntables = "pjsip"\ndomain = "other.example.org"',
    'accounts.domain: found "other.example.org", expected an own domain: pbx.example.org',
  ],
  [
    'url = "sqlite:/a"\ntables = "pjsip"\ntls = true',
    "accounts.tls: found true, expected false, since nothing of this goes over a network",
  ],
  [
    'url = "mysql://u@192.0.2.1/a"\ntables = "pjsip"\ntls = true',
    "accounts.url: found an address, expected with tls the name of the server",
  ],
  [
    'url = "mysql://u@h/a"\ntables = "pjsip"\ntls_ca = "ca.pem"',
    "accounts.tls_ca: found a file, expected tls = true beside it",
  ],
];

test("faults of [accounts], and no secret in any", () => {
  for (const [lines, expected] of FAULTS) {
    const { result } = load(lines);
    assert.ok(isTrouble(result), lines);
    assert.deepEqual(result.details, [`rempart.toml: ${expected}`], lines);
    assert.ok(!JSON.stringify(result).includes(SECRET));
  }
});

test("a URL in place of the table is not repeated either", () => {
  const file = `${mkdtempSync(`${root}/`)}/rempart.toml`;
  writeFileSync(file, `accounts = "postgres://u:${SECRET}@h/a"\n`);
  const result = loadConfig(file);
  assert.ok(isTrouble(result));
  assert.deepEqual(result.details, ["rempart.toml: accounts: found another text, expected a table"]);
});

test("what is shown holds no secret", () => {
  const { config } = accounts(`url = "postgres://rempart:${SECRET}@db.example.org/asterisk"\ntables = "pjsip"`);
  const shown = showConfig(config);
  assert.match(shown, /url = "postgres:\/\/rempart:\*\*\*@db\.example\.org:5432\/asterisk"/);
  assert.ok(!shown.includes(SECRET));
  assert.ok(!JSON.stringify(withoutSecrets(config)).includes(SECRET));
  assert.ok(JSON.stringify(config).includes(SECRET), "the password is known to who has to use it");
});
