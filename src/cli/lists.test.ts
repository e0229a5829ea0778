import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inCountry, writeMmdb } from "../../test/support/mmdb.ts";
import { trouble } from "../base/index.ts";
import { site } from "./cli.fixture.ts";
import { plainList, stixBundle } from "./commands/bans-export.ts";
import { hasTrouble, listsText } from "./commands/lists.ts";

const EXTRA = `[[shield.list]]
name = "ours"
file = "bad.txt"
[[shield.list]]
name = "keyed"
url = "https://lists.example.org/x"
header_file = "key"
[shield.country]
file = "countries.mmdb"
deny = ["FR"]
`;

test("config check reads the files of lists and countries: each fault with its line, a good one in a word", async () => {
  const s = site(EXTRA);
  writeFileSync(join(s.folder, "bad.txt"), "203.0.113.7\n<html>\n");
  writeFileSync(join(s.folder, "countries.mmdb"), "no such thing");
  writeFileSync(join(s.folder, "key"), "secret");
  const bad = await s.call(["config", "check"]);
  assert.equal(bad.code, 2);
  const lines = bad.err.split("\n");
  assert.equal(lines[0], "rempart: lists and countries have 3 faults [CONFIG_INVALID]");
  assert.equal(lines[1], `  list ours: ${s.folder}/bad.txt:2: found "<html>", expected an address or a block`);
  assert.equal(lines[2], `  ${s.folder}/key is not one line "Name: value"`);
  assert.match(lines[3], /countries\.mmdb is no MMDB file with countries: ./);
  assert.ok(!bad.err.includes("secret"));
  writeFileSync(join(s.folder, "bad.txt"), "203.0.113.7\n");
  writeFileSync(join(s.folder, "key"), "X-Key: secret\n");
  writeFileSync(join(s.folder, "countries.mmdb"), writeMmdb({ "203.0.113.0/24": inCountry("FR") }));
  const good = await s.call(["config", "check"]);
  assert.deepEqual([good.code, good.out], [0, `Configuration OK: ${s.file}\n`]);
});

test("lists without a daemon: exit 3", async () => {
  for (const args of [["lists"], ["lists", "refresh"], ["bans", "export"]]) {
    assert.equal((await site().call(args)).code, 3, args.join(" "));
  }
});

const NOW = Date.UTC(2026, 0, 2);
const LIST = {
  name: "voipbl",
  source: "www.voipbl.org",
  enforced: true,
  at: NOW - 7_200_000,
  entries: 10_000,
  hits: 17,
  leftOut: { tooWide: 0, reserved: 2, unreadable: 0, first: "line 5: 10.0.0.1 is not of the internet" },
  never: 1,
  trouble: null,
  since: 0,
};
const FAILED = trouble("LIST_REFUSED", "www.voipbl.org answers 503", "the list in force stays in force", "try later");

test("lists in words: state, age, hits, what was left out, and what is in the way", () => {
  const bad = { ...LIST, trouble: FAILED, since: NOW - 60_000 };
  const unread = { ...LIST, name: "new", at: 0, entries: 0, hits: 0, leftOut: undefined, never: 0, trouble: FAILED };
  assert.deepEqual([hasTrouble({ lists: [LIST], country: null }), hasTrouble({ lists: [LIST, bad] })], [false, true]);
  const text = listsText({ lists: [LIST, { ...bad, enforced: false }, unread], country: null }, NOW);
  assert.deepEqual(text.split("\n").slice(0, 4), [
    "LIST    STATE          AGE        ENTRIES  HITS  LEFT OUT                        FROM",
    "voipbl  in force       2 h 0 min  10000    17    2 private, 1 on the never-list  www.voipbl.org",
    "voipbl  observed, OLD  2 h 0 min  10000    17    2 private, 1 on the never-list  www.voipbl.org",
    "new     NOT READ       -          0        0     -                               www.voipbl.org",
  ]);
  assert.match(text, /voipbl: NOT NEW for 1 min 0 s: www\.voipbl\.org answers 503 \[LIST_REFUSED\]; the list in force/);
  assert.equal(
    listsText({ lists: [], country: null }, NOW),
    "No list and no countries are configured (docs/lists.md).",
  );
});

const BANS = [
  { source: "203.0.113.7", label: "scanner", since: NOW - 60_000, until: NOW + 540_000 },
  { source: "2001:db8:1::/48", label: "by-hand", since: NOW - 1, until: NOW + 1 },
];

test("export, plain: a comment, then a source a line", () => {
  assert.equal(
    plainList(BANS, NOW),
    "# Rempart: 2 banned sources, 2026-01-02T00:00:00.000Z\n" +
      "203.0.113.7 # scanner, until 2026-01-02T00:09:00.000Z\n" +
      "2001:db8:1::/48 # by-hand, until 2026-01-02T00:00:00.001Z",
  );
});

test("export, STIX: indicators with a pattern and the time for which they hold; the same ban has the same id", () => {
  const { objects, type, id } = stixBundle(BANS, NOW);
  assert.deepEqual([type, /^bundle--[0-9a-f-]{36}$/.test(id)], ["bundle", true]);
  assert.deepEqual(
    objects.map((o) => [o.pattern, o.labels, o.valid_from, o.valid_until]),
    [
      ["[ipv4-addr:value = '203.0.113.7']", ["scanner"], "2026-01-01T23:59:00.000Z", "2026-01-02T00:09:00.000Z"],
      [
        "[ipv6-addr:value ISSUBSET '2001:db8:1::/48']",
        ["by-hand"],
        "2026-01-01T23:59:59.999Z",
        "2026-01-02T00:00:00.001Z",
      ],
    ],
  );
  const uuid = /^indicator--[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  assert.ok(objects.every((o) => uuid.test(o.id)));
  assert.deepEqual(
    stixBundle(BANS, NOW + 5).objects.map((o) => o.id),
    objects.map((o) => o.id),
  );
});
