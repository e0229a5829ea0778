import assert from "node:assert/strict";
import { test } from "node:test";
import { ASTERISK_ADVISORIES, END_OF_LIFE } from "./asterisk.ts";
import { FREEPBX_ADVISORIES } from "./freepbx.ts";
import { judgeAsterisk } from "./judge.ts";
import { affectedBy } from "./match.ts";
import { compareVersions, lineOf, readVersion, versionText } from "./version.ts";

/** What is written, line, as it is shown; undefined: no version. */
const WRITTEN: [string, string | undefined, string?][] = [
  ["22.5.1", "22", "22.5.1"],
  ["Asterisk 20.15.2", "20", "20.15.2"],
  ["Asterisk certified/18.9-cert14", "18.9-cert", "18.9-cert14"],
  ["certified-20.7-cert5", "20.7-cert", "20.7-cert5"],
  ["18.9cert2", "18.9-cert", "18.9-cert2"],
  ["22.6.0-rc1", "22", "22.6.0 (early)"],
  ["certified-20.7-cert6-rc1", "20.7-cert", "20.7-cert6 (early)"],
  ["Asterisk 16.28.0~dfsg-0+deb11u4", "16", "16.28.0"],
  ["1:20.6.0~dfsg+~cs6.13.40431414-2build5", "20", "20.6.0"],
  ["17.0.2.36", "17", "17.0.2.36"],
  ["13.0.197.14", "13", "13.0.197.14"],
  ["Asterisk GIT-master-a1b2c3", undefined],
  ["", undefined],
  ["22", undefined],
  ["1".repeat(300), undefined],
];

for (const [text, line, shown] of WRITTEN)
  test(`version: ${text.slice(0, 40) || "nothing"} is ${shown ?? "none"}`, () => {
    const version = readVersion(text);
    assert.equal(version === undefined ? undefined : lineOf(version), line);
    if (version !== undefined) assert.equal(versionText(version), shown);
  });

/** Versions of one line, the older one first. */
const ORDER: [string, string][] = [
  ["22.5.1", "22.5.2"],
  ["22.9.0", "22.10.0"],
  ["22.5", "22.5.1"],
  ["22.6.0-rc1", "22.6.0"],
  ["22.5.9", "22.6.0-rc1"],
  ["18.9-cert9", "18.9-cert14"],
  ["certified-20.7-cert6-rc1", "20.7-cert6"],
  ["13.0.197.9", "13.0.197.14"],
  ["17.0.2.36", "17.0.3"],
];

for (const [older, newer] of ORDER)
  test(`version: ${older} is before ${newer}`, () => {
    const [a, b] = [readVersion(older), readVersion(newer)];
    assert.ok(a && b);
    assert.ok(compareVersions(a, b) < 0 && compareVersions(b, a) > 0 && compareVersions(a, a) === 0);
  });

/** Version, advisory, whether it is affected. */
const ASTERISK: [string, string, boolean][] = [
  // RTPBleed and its second part.
  ["13.17.0", "AST-2017-005", true],
  ["13.17.1", "AST-2017-005", false],
  ["13.17.1", "AST-2017-008", true],
  ["13.17.2", "AST-2017-008", false],
  ["13.13-cert5", "AST-2017-008", true],
  ["13.13-cert6", "AST-2017-008", false],
  ["16.2.1", "AST-2017-008", false],
  // A beginning: what came before is not affected.
  ["18.22.0", "GHSA-qqxj-v78h-hrf9", false],
  ["18.23.0", "GHSA-qqxj-v78h-hrf9", true],
  ["18.23.1", "GHSA-qqxj-v78h-hrf9", false],
  ["16.14.0", "AST-2022-001", false],
  ["16.15.0", "AST-2022-001", true],
  // A last affected one.
  ["18.14.0", "AST-2022-008", true],
  ["18.14.1", "AST-2022-008", false],
  ["22.5.1", "GHSA-64qc-9x89-rx5j", true],
  ["22.5.2", "GHSA-64qc-9x89-rx5j", false],
  ["22.5.2-rc1", "GHSA-64qc-9x89-rx5j", true],
  ["18.26.3", "GHSA-64qc-9x89-rx5j", false],
  ["22.10.0", "GHSA-589g-qgf8-m6mx", true],
  ["22.10.1", "GHSA-589g-qgf8-m6mx", false],
  ["23.4.0", "GHSA-589g-qgf8-m6mx", true],
  ["22.8-cert2", "GHSA-589g-qgf8-m6mx", true],
  ["22.8-cert3", "GHSA-589g-qgf8-m6mx", false],
  ["20.7-cert2", "GHSA-c4cg-9275-6w44", false],
  ["20.7-cert1", "GHSA-c4cg-9275-6w44", true],
  // A line that the advisory does not speak of.
  ["99.0.0", "GHSA-589g-qgf8-m6mx", false],
];

for (const [text, id, wanted] of ASTERISK)
  test(`${id}: Asterisk ${text} is ${wanted ? "" : "not "}affected`, () => {
    const version = readVersion(text);
    const advisory = ASTERISK_ADVISORIES.find((a) => a.id === id);
    assert.ok(version && advisory);
    assert.equal(affectedBy(version, advisory) !== undefined, wanted);
  });

/** Module and version, advisory, whether it is affected. */
const FREEPBX: [string, string, boolean][] = [
  ["13.0.197.13", "SEC-2019-001", true],
  ["13.0.197.14", "SEC-2019-001", false],
  ["14.0.13.11", "SEC-2019-001", true],
  ["14.0.13.12", "SEC-2019-001", false],
  ["15.0.16.26", "SEC-2019-001", true],
  ["15.0.16.27", "SEC-2019-001", false],
  ["16.0.40.7", "SEC-2019-001", false],
  ["15.0.65", "GHSA-m42g-xg4c-5f3h", true],
  ["16.0.88.19", "GHSA-m42g-xg4c-5f3h", true],
  ["16.0.89", "GHSA-m42g-xg4c-5f3h", false],
  ["17.0.2.31", "GHSA-m42g-xg4c-5f3h", true],
  ["17.0.3", "GHSA-m42g-xg4c-5f3h", false],
  ["15.0.19.86", "CVE-2021-45461", false],
  ["15.0.19.87", "CVE-2021-45461", true],
  ["15.0.20", "CVE-2021-45461", false],
  ["17.0.8", "CVE-2026-40520", true],
  ["17.0.9", "CVE-2026-40520", false],
];

for (const [text, id, wanted] of FREEPBX)
  test(`${id}: FreePBX ${text} is ${wanted ? "" : "not "}affected`, () => {
    const version = readVersion(text);
    const advisory = FREEPBX_ADVISORIES.find((a) => a.id === id);
    assert.ok(version && advisory);
    assert.equal(affectedBy(version, advisory) !== undefined, wanted);
  });

test("every row of the data has an id of its own, a source, a severity that was written, and versions that can be read", () => {
  const all = [...ASTERISK_ADVISORIES, ...FREEPBX_ADVISORIES];
  assert.equal(new Set(all.map((a) => a.id)).size, all.length);
  for (const a of all) {
    assert.match(a.id, /^(?:AST-20\d\d-\d{3}|GHSA(?:-[a-z0-9]{4}){3}|CVE-\d{4}-\d{4,}|SEC-2019-001)$/);
    assert.ok(a.cve === undefined || /^CVE-\d{4}-\d{4,}$/.test(a.cve), a.id);
    assert.ok(URL.canParse(a.url) && a.url.startsWith("https://"), a.url);
    assert.ok(a.title.length > 10 && !/[.|]$/.test(a.title), a.id);
    assert.ok(a.mended !== undefined || a.last !== undefined, a.id);
    for (const list of [a.mended, a.last, a.since]) {
      const lines = (list ?? "").split(" ").filter((v) => v !== "");
      const read = lines.map((v) => readVersion(v));
      assert.ok(!read.includes(undefined), `${a.id}: ${list}`);
      const names = read.map((v) => (v === undefined ? "" : lineOf(v)));
      assert.equal(new Set(names).size, names.length, `${a.id}: a line twice`);
    }
  }
  assert.ok(ASTERISK_ADVISORIES.length > 80, String(ASTERISK_ADVISORIES.length));
  for (const day of Object.values(END_OF_LIFE)) assert.ok(Number.isFinite(Date.parse(day)), day);
});

const NOW = Date.UTC(2026, 10, 23);

test("Asterisk as a whole: what is current has nothing, what is old has its advisories and its end of life", () => {
  assert.deepEqual(judgeAsterisk("Asterisk 22.10.1", "/etc/asterisk", NOW), { found: [], missing: [] });
  const { found } = judgeAsterisk("Asterisk 13.13.0", "/etc/asterisk", NOW);
  assert.deepEqual([found[0].rule, found[0].key], ["asterisk-unsupported", "asterisk/13"]);
  const bleed = found.find((f) => f.key === "asterisk/AST-2017-005");
  assert.equal(
    bleed?.says,
    "AST-2017-005 (CVE-2017-14099): RTPBleed: the sound of a call is given to whoever sends a packet; Asterisk 13.13.0, mended in 13.17.1.",
  );
  assert.equal(bleed?.severity, "high");
});

test("Asterisk as a whole: a distribution's package is told with a hedge, one step milder", () => {
  const { found } = judgeAsterisk("Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5", "/etc/asterisk", NOW);
  const one = found.find((f) => f.key === "asterisk/GHSA-c4cg-9275-6w44");
  assert.equal(one?.severity, "medium");
  assert.match(one?.says ?? "", /may have mended it/);
});

test("Asterisk as a whole: a version that is none is told as not looked at", () => {
  assert.deepEqual(judgeAsterisk("GIT-master", "/etc/asterisk", NOW), {
    found: [],
    missing: ["GIT-master: no version of Asterisk, so its advisories were not looked at"],
  });
});
