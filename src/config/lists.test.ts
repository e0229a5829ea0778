import assert from "node:assert/strict";
import { test } from "node:test";
import { isTrouble } from "../base/index.ts";
import { config, load } from "./config.fixture.ts";
import { showConfig } from "./index.ts";

const LISTS = `
[[shield.list]]
name = "voipbl"
url = "https://www.voipbl.org/update/"
refresh = "4h"
[[shield.list]]
name = "apiban"
url = "https://apiban.org/api/get"
format = "apiban"
header_file = "apiban.key"
mode = "observe"
[[shield.list]]
name = "ours"
file = "/srv/bad.txt"
private = true
[[shield.list]]
name = "inside"
url = "http://lists.example.org/x"
insecure = true
refresh = "90 min"
[shield.country]
file = "countries.mmdb"
allow = ["FR", "ES"]
unknown = "deny"
`;

test("[[shield.list]] and [shield.country] are read, with paths from the file on, and shown as they can be read again", () => {
  const { folder, result } = load(LISTS);
  if (isTrouble(result)) assert.fail(result.details?.join("\n"));
  const { lists, country } = result.config.shield;
  assert.deepEqual(
    lists.map((l) => [l.name, l.file, l.url, l.refresh]),
    [
      ["voipbl", "", "https://www.voipbl.org/update/", 14_400],
      ["apiban", "", "https://apiban.org/api/get", 3_600],
      ["ours", "/srv/bad.txt", "", 3_600],
      ["inside", "", "http://lists.example.org/x", 5_400],
    ],
  );
  assert.deepEqual(
    [lists[1].headerFile, lists[1].format, lists[1].mode, lists[2].takesPrivate, lists[3].insecure],
    [`${folder}/apiban.key`, "apiban", "observe", true, true],
  );
  assert.deepEqual(country, {
    file: `${folder}/countries.mmdb`,
    deny: [],
    allow: ["FR", "ES"],
    unknown: "deny",
    mode: "enforce",
  });
  const again = config(showConfig(result.config)).shield;
  assert.deepEqual(again, result.config.shield);
});

const FAULTS: readonly (readonly [string, string])[] = [
  ["[[shield.list]]\nname = 'a'", "shield.list[0]: found neither file nor url, expected either file or url"],
  [
    "[[shield.list]]\nname = 'a'\nfile = 'x'\nurl = 'https://a.example'",
    "shield.list[0]: found file and url, expected either file or url",
  ],
  [
    "[[shield.list]]\nname = 'a/b'\nfile = 'x'",
    'shield.list[0].name: found "a/b", expected a name of small letters, digits, _ and -, 24 at most',
  ],
  [
    "[[shield.list]]\nname = 'a'\nfile = 'x'\n[[shield.list]]\nname = 'a'\nfile = 'y'",
    "shield.list[1].name: found a again, expected a name that is not listed before",
  ],
  [
    "[[shield.list]]\nname = 'a'\nurl = 'http://a.example/x'",
    "shield.list[0].url: found http: anybody on the way could say who is kept out (insecure = true allows it), expected https, and a key in header_file",
  ],
  [
    "[[shield.list]]\nname = 'a'\nurl = 'https://u:secret@a.example/x'",
    "shield.list[0].url: found a user or password stands in the URL, expected https, and a key in header_file",
  ],
  [
    "[[shield.list]]\nname = 'a'\nurl = 'nowhere'",
    'shield.list[0].url: found "nowhere", expected a URL such as https://lists.example.org/bad.txt',
  ],
  [
    "[[shield.list]]\nname = 'a'\nurl = 'https://a.example'\nrefresh = '10s'",
    'shield.list[0].refresh: found "10s", expected a length of time such as "1h" (min, h or d), from 1 min to 30 d',
  ],
  [
    "[[shield.list]]\nname = 'a'\nurl = 'https://a.example'\nformat = 'apiban'",
    'shield.list[0].header_file: found nothing, expected a file with "Authorization: Bearer KEY"',
  ],
  [
    "[[shield.list]]\nname = 'a'\nfile = 'x'\nheader_file = 'k'",
    "shield.list[0].header_file: found a file, expected url beside it: a file of this machine needs no key",
  ],
  [
    "[[shield.list]]\nname = 'a'\nfile = 'x'\nformat = 'rpz'",
    'shield.list[0].format: found "rpz", expected one of plain, csv, apiban, voipbl',
  ],
  ["[shield.country]\ndeny = ['FR']", "shield.country.file: found nothing, expected the path of a file"],
  [
    "[shield.country]\nfile = 'x'\ndeny = ['fr']",
    'shield.country.deny[0]: found "fr", expected the two letters of a country such as "FR"',
  ],
  [
    "[shield.country]\nfile = 'x'\ndeny = ['FR']\nallow = ['ES']",
    "shield.country: found both, expected either deny or allow: what is not allowed is denied",
  ],
  [
    "[shield.country]\nfile = 'x'\nallow = []",
    "shield.country.allow: found an empty list, expected a list of countries",
  ],
];

for (const [text, line] of FAULTS) {
  test(`refused: ${text.replaceAll("\n", " ")}`, () => {
    const { result } = load(text);
    assert.ok(isTrouble(result));
    const told = result.details?.join("\n") ?? "";
    assert.ok(!told.includes("secret"), told);
    assert.equal(told, `rempart.toml: ${line}`);
  });
}
