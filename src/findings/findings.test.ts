import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { baselineOf, compare, readBaseline } from "./baseline.ts";
import type { Finding, Severity } from "./finding.ts";
import { gradeOf, gradeText } from "./grade.ts";
import { htmlPage } from "./html.ts";
import { humanText } from "./human.ts";
import { jsonReport } from "./json.ts";
import { atLeast, grouped } from "./order.ts";
import { at, findingsOf, GUESTS, NOISE, SAMPLE, WEAK } from "./sample.fixture.ts";
import { readable, wrap } from "./text.ts";

const PLAIN = { colours: false };

test("what is found is grouped by rule, worst first, and within a rule worst first and by place", () => {
  assert.deepEqual(
    grouped(SAMPLE).map((g) => [g.rule.id, g.severity, g.found.map((f) => ("line" in f.place ? f.place.line : 0))]),
    [
      ["guest-calls", "critical", [3]],
      ["weak-secret", "critical", [12, 31]],
      ["default-port", "note", [4]],
    ],
  );
});

test("a finding of a rule that nobody described is shown all the same", () => {
  const found = [{ ...at(GUESTS, "a", 1), rule: "new-rule" }];
  assert.match(humanText(findingsOf(found), PLAIN), /MEDIUM {2}new-rule {2}\[new-rule\]/);
});

/** Severities of rules that found something (each of its own rule), and the grade. */
const GRADES: [Severity[], string, number][] = [
  [[], "A", 0],
  [["note", "note"], "A", 0],
  [["low", "low"], "A", 4],
  [["low", "low", "low"], "B", 6],
  [["medium"], "B", 6],
  [["medium", "medium", "medium", "low"], "C", 20],
  [["high"], "C", 20],
  [["high", "high"], "D", 40],
  [["high", "high", "medium", "low", "low"], "E", 50],
  [["high", "high", "high"], "F", 60],
  [["critical"], "F", 60],
];

for (const [severities, letter, points] of GRADES)
  test(`grade: ${severities.join(", ") || "nothing"} is ${letter}`, () => {
    const rules = severities.map((severity, i) => ({ ...GUESTS, id: `r${i}`, severity }));
    const found = rules.flatMap((r) => [at(r, "a", 1), at(r, "a", 2)]);
    assert.deepEqual(gradeOf({ ...findingsOf(found), rules }), { letter, points });
  });

test("a grade of a partial result says that it may be worse; F cannot be", () => {
  assert.equal(gradeText(findingsOf([], ["x"])), "A or worse");
  assert.equal(gradeText(SAMPLE), "F");
});

test("--fail-on: each severity holds itself and what is worse", () => {
  assert.deepEqual(
    (["critical", "high", "medium", "low", "note"] as const).map((s) => atLeast(s, "medium")),
    [true, true, true, false, false],
  );
});

test("for people: grade, counts, place, why, fix, proof, what was not looked at", () => {
  const text = humanText(SAMPLE, PLAIN);
  assert.equal(
    text,
    `Audit of /etc/asterisk: grade F (120 points)
2 critical, 1 high, 1 note. 3 rules checked.

CRITICAL  Anybody may call without a password  [guest-calls]
  /etc/asterisk/sip.conf:3
      allowguest = yes in [general]
      | [general] context = default
      | [default] include => outgoing
      | [outgoing] _00. -> Dial(PJSIP/carrier)
  why  A stranger's INVITE is put into the dialplan. Scanners try this within minutes, and calls
       abroad are what they sell.
  fix  Set allowguest = no in [general] of sip.conf.
       A change of these files is proposed: --fix FILE.patch writes it.
  see  probe: open-invite, [front] register

CRITICAL  A password that is guessed early  [weak-secret]
  /etc/asterisk/sip.conf:12
      [1001]: the secret is the name of the phone
  /etc/asterisk/sip.conf:31 (high)
      [1002]: the secret has 6 characters
  why  Who has it registers as this phone, and calls on your account.
  fix  Make one with: rempart secret generate
  see  probe: weak-password

NOTE  SIP listens on port 5060  [default-port]
  /etc/asterisk/sip.conf:4
      bindport = 5060
  why  Another port means less noise in the log. It is no protection.

Not looked at, so this is a partial result:
- /etc/asterisk/secret.conf: no right to read it`,
  );
});

test("for people: colours only where they are asked for, and they change no letter", () => {
  const painted = humanText(SAMPLE, { colours: true });
  assert.ok(painted.includes("\u001b[1;31m"));
  assert.equal(stripVTControlCharacters(painted), humanText(SAMPLE, PLAIN));
});

test("for people: many findings of one rule are counted, not listed", () => {
  const many = Array.from({ length: 25 }, (_, i) => at(WEAK, "sip.conf", i + 1));
  const text = humanText(findingsOf(many), PLAIN);
  assert.match(text, /^ {2}sip.conf:20$/m);
  assert.doesNotMatch(text, /sip.conf:21/);
  assert.match(text, /and 5 more of the same/);
});

test("for people: several findings of one place stand below it", () => {
  const two = [at(WEAK, "sip.conf", 0, { says: "one" }), at(WEAK, "sip.conf", 0, { says: "two" })];
  assert.match(humanText(findingsOf(two), PLAIN), /^ {2}sip\.conf\n {6}one\n {6}two$/m);
});

test("JSON: version, grade, counts, every finding with its place, no line of a file", () => {
  const report = jsonReport(SAMPLE);
  assert.deepEqual(
    [report.format, report.version, report.job, report.grade, report.points, report.partial],
    ["rempart-findings", 1, "audit", "F", 120, true],
  );
  assert.deepEqual(report.counts, { critical: 2, high: 1, medium: 0, low: 0, note: 1 });
  assert.deepEqual(report.findings[3], {
    rule: "guest-calls",
    severity: "critical",
    file: "/etc/asterisk/sip.conf",
    line: 3,
    says: "allowguest = yes in [general]",
    key: "sip.conf/3",
    proof: SAMPLE.found[3].proof,
    fixable: true,
  });
  const target: Finding = { ...at(NOISE, "a", 1), place: { target: "udp:203.0.113.7:5060" } };
  const [only] = jsonReport(findingsOf([target])).findings;
  assert.deepEqual([only.target, only.file, only.line], ["udp:203.0.113.7:5060", undefined, undefined]);
  assert.doesNotMatch(JSON.stringify(report), /allowguest = no"/, "an edit is not in the report");
});

test("HTML: one file that needs nothing else, with all that was found", () => {
  const page = htmlPage(SAMPLE, Date.UTC(2026, 10, 23, 23, 5), "0.1.0");
  assert.match(page, /^<!doctype html>\n<html lang="en">/);
  assert.doesNotMatch(page, /<script|<link|<img|src=|url\(|@import|http:|https:/);
  for (const word of ["2026-11-23 23:05 UTC", "Anybody may call", "sip.conf:31", "This result is partial", "F</b>"])
    assert.ok(page.includes(word), word);
  assert.match(htmlPage(findingsOf([]), 0, "0"), /Nothing was found/);
});

test("HTML: what is hostile in a text stays text", () => {
  const evil = `<script>alert(1)</script>"'&\`\u001b]0;x\u0007`;
  const finding = at(WEAK, `/etc/${evil}`, 1, { says: evil, proof: [evil], key: evil });
  const page = htmlPage({ ...findingsOf([finding], [evil]), subject: evil }, 0, evil);
  assert.doesNotMatch(page.replaceAll("\n", ""), /<script|\p{C}/u);
  assert.ok(page.includes("&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;&#96;\\x1b]0;x\\x07"));
});

test("baseline: only what is new is shown, what is known is counted, what is gone is named", () => {
  const before = findingsOf([at(GUESTS, "sip.conf", 3), at(WEAK, "sip.conf", 12)]);
  const read = readBaseline(JSON.stringify(baselineOf(before)));
  assert.ok(read);
  assert.deepEqual(read.keys, ["guest-calls:sip.conf/3", "weak-secret:sip.conf/12"]);
  const now = findingsOf([at(WEAK, "sip.conf", 12), at(WEAK, "sip.conf", 40)]);
  const { fresh, known, gone } = compare(now, read);
  assert.deepEqual([fresh.found.map((f) => f.key), known, gone], [["sip.conf/40"], 1, ["guest-calls:sip.conf/3"]]);
});

for (const text of [
  "",
  "{",
  "null",
  "[]",
  '{"keys":[]}',
  '{"format":"rempart-baseline","version":2,"keys":[]}',
  '{"format":"rempart-baseline","version":1,"keys":[1]}',
])
  test(`baseline: ${text || "an empty file"} is none`, () => assert.equal(readBaseline(text), undefined));

/** A text, and how it is shown. */
const TEXTS: [string, string][] = [
  ["plain", "plain"],
  ["\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m"],
  ["a\nb\tc\0", "a\\x0ab\\x09c\\x00"],
  ["\u009b31m", "\\x9b31m"],
  ["\u202eevil", "\\u{202e}evil"],
  ["\u2028", "\\u{2028}"],
  ["\ud800", "\\u{d800}"],
  // Bytes of a file, a character each: UTF-8 is read as such, what is not stays as it is.
  ["Andr\u00c3\u00a9", "André"],
  ["Andr\u00e9", "André"],
  ["\u00c3\u0089t\u00c3\u00a9", "Été"],
  ["\u00e2\u0080\u00aeevil", "\\u{202e}evil"],
];

for (const [text, shown] of TEXTS) test(`text: ${shown}`, () => assert.equal(readable(text), shown));

test("wrap keeps every word, and breaks none", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("a-very-long-word b", 5), ["a-very-long-word", "b"]);
});
