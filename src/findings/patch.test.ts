import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import type { Edit, Finding } from "./finding.ts";
import { patchOf } from "./patch.ts";
import { at, findingsOf, GUESTS, NOISE, WEAK } from "./sample.fixture.ts";

const root = mkdtempSync(join(tmpdir(), "rempart-patch-"));
after(() => rmSync(root, { recursive: true, force: true }));
let runs = 0;

const FOLDER = "/etc/asterisk/";
const LONG = Array.from({ length: 30 }, (_, i) => `line ${i + 1}`).join("\n");

function edit(line: number, count: number, ...lines: string[]): Edit {
  return { file: `${FOLDER}sip.conf`, line, count, lines };
}

/** The same findings, one for each list of edits. */
function withEdits(...lists: Edit[][]): Finding[] {
  return lists.map((edits, i) => at(WEAK, `${FOLDER}sip.conf`, i + 1, { edits }));
}

function make(texts: Record<string, string>, found: readonly Finding[]) {
  return patchOf(findingsOf(found), {
    text: (file) => texts[file.slice(FOLDER.length)],
    name: (file) => (file.startsWith(FOLDER) ? file.slice(FOLDER.length) : undefined),
  });
}

/** The files after the real tools have applied it: `patch -p1`, and `git apply`; both must agree. */
function applied(texts: Record<string, string>, patch: string): Record<string, string> {
  const results = [
    ["patch", "-p1", "--fuzz=0", "-s"],
    ["git", "apply", "-"],
  ].map(([tool, ...args]) => {
    const folder = join(root, String(++runs));
    for (const [name, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text, "latin1");
    }
    const input = Buffer.from(patch, "latin1");
    const done = spawnSync(tool, args, { cwd: folder, input, timeout: 10_000 });
    assert.equal(done.status, 0, `${tool}: ${done.stdout}${done.stderr}\n${patch}`);
    return Object.fromEntries(Object.keys(texts).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
  });
  assert.deepEqual(results[0], results[1]);
  return results[0];
}

/** Text of sip.conf, the edits of each finding, the text they make. */
const CASES: [string, string, Edit[][], string][] = [
  ["a line is replaced", "a\nb\nc\n", [[edit(2, 1, "B")]], "a\nB\nc\n"],
  ["the first line, the last line", "a\nb\nc\n", [[edit(1, 1, "A")], [edit(3, 1, "C")]], "A\nb\nC\n"],
  ["a line is put before the first", "a\nb\n", [[edit(1, 0, "new")]], "new\na\nb\n"],
  ["a line is put behind the last", "a\nb\n", [[edit(3, 0, "new")]], "a\nb\nnew\n"],
  ["into an empty file", "", [[edit(1, 0, "new")]], "new\n"],
  ["lines are taken away", "a\nb\nc\nd\n", [[edit(2, 2)]], "a\nd\n"],
  ["all lines are taken away", "a\nb\n", [[edit(1, 2)]], ""],
  ["one line becomes three", "a\nb\nc\n", [[edit(2, 1, "x", "y", "z")]], "a\nx\ny\nz\nc\n"],
  [
    "far apart: two hunks, the second one shifted",
    `${LONG}\n`,
    [[edit(3, 0, "x", "y")], [edit(25, 2, "z")]],
    `${LONG}\n`.replace("line 3\n", "x\ny\nline 3\n").replace("line 25\nline 26\n", "z\n"),
  ],
  [
    "near each other: one hunk",
    `${LONG}\n`,
    [[edit(3, 1, "x")], [edit(9, 1, "y")]],
    `${LONG}\n`.replace("line 3\n", "x\n").replace("line 9\n", "y\n"),
  ],
  ["the last line has no end and is replaced", "a\nb", [[edit(2, 1, "B")]], "a\nB"],
  ["the last line has no end and is taken away", "a\nb", [[edit(2, 1)]], "a\n"],
  ["the last line has no end, and one comes behind it", "a\nb", [[edit(3, 0, "c")]], "a\nb\nc"],
  [
    "the last line has no end, and two findings come behind it",
    "a\nb",
    [[edit(3, 0, "c")], [edit(3, 0, "d")]],
    "a\nb\nc\nd",
  ],
  ["the last line has no end and is not near", LONG, [[edit(2, 1, "x")]], LONG.replace("line 2\n", "x\n")],
  ["lines end as in DOS", "a\r\nb\r\n", [[edit(2, 1, "B")]], "a\r\nB\r\n"],
  ["bytes that are no UTF-8 stay", "caf\xe9\nb\n", [[edit(2, 1, "B")]], "caf\xe9\nB\n"],
  ["what latin1 does not have is written in UTF-8", "a\n", [[edit(1, 1, "€")]], "\xe2\x82\xac\n"],
  ["two findings want the same: once", "a\nb\n", [[edit(1, 1, "A")], [edit(1, 1, "A")]], "A\nb\n"],
  ["a line is put before one that changes", "a\nb\n", [[edit(2, 1, "B")], [edit(2, 0, "x")]], "a\nx\nB\n"],
  [
    "a section header as a line of the patch",
    "--- a\n+++ b\n@@ -1 +1 @@\n",
    [[edit(2, 1, "--- c")]],
    "--- a\n--- c\n@@ -1 +1 @@\n",
  ],
];

for (const [what, text, lists, wanted] of CASES)
  test(`patch: ${what}`, () => {
    const made = make({ "sip.conf": text }, withEdits(...lists));
    assert.deepEqual([made.left, made.closes], [[], lists.length]);
    assert.equal(applied({ "sip.conf": text }, made.text)["sip.conf"], wanted);
  });

test("patch: several files, in folders, with spaces in their names", () => {
  const texts = { "sip.conf": "a\n", "my conf/pj sip.conf": "b\n", "z.conf": "c\n" };
  const edits = Object.keys(texts).map((name) => ({ file: FOLDER + name, line: 1, count: 1, lines: ["x"] }));
  const made = make(texts, [at(WEAK, "a", 1, { edits })]);
  assert.equal(made.closes, 1);
  assert.deepEqual(applied(texts, made.text), { "sip.conf": "x\n", "my conf/pj sip.conf": "x\n", "z.conf": "x\n" });
});

test("patch: where two findings want one line, the worse one has it, and the other is told", () => {
  const mild = at(NOISE, "a", 1, { edits: [edit(1, 1, "mild")] });
  const bad = at(GUESTS, "a", 1, { edits: [edit(1, 1, "bad")] });
  const made = make({ "sip.conf": "a\n" }, [mild, bad]);
  assert.equal(applied({ "sip.conf": "a\n" }, made.text)["sip.conf"], "bad\n");
  assert.equal(made.closes, 1);
  assert.match(made.left.join(), /^default-port \(a\/1\): a worse finding changes line 1/);
});

test("patch: a finding whose edits do not all fit is left whole", () => {
  const made = make({ "sip.conf": "a\nb\n" }, [at(WEAK, "a", 1, { edits: [edit(1, 1, "x"), edit(9, 1, "y")] })]);
  assert.deepEqual([made.text, made.files, made.closes], ["", [], 0]);
  assert.match(made.left.join(), /line 9 is not in/);
});

/** File, line, count, lines: what no patch may carry. */
const REFUSED: [string, Edit, RegExp][] = [
  ["a line end in a line", edit(1, 1, "x\n--- a/other\n+++ b/other\n@@ -1 +1 @@\n-a\n+b"), /holds a line end/],
  ["a carriage return in a line", edit(1, 1, "x\r"), /holds a line end/],
  ["a file that was not read", { file: "/etc/passwd", line: 1, count: 1, lines: [] }, /not among the files/],
  ["a way out of the folder", { file: `${FOLDER}../passwd`, line: 1, count: 1, lines: [] }, /cannot carry/],
  ["a line end in the name", { file: `${FOLDER}a\n--- b`, line: 1, count: 1, lines: [] }, /cannot carry/],
  ["a tab in the name", { file: `${FOLDER}a\tb`, line: 1, count: 1, lines: [] }, /cannot carry/],
  ["line 0", edit(0, 1), /line 0 is not in/],
  ["past the end", edit(3, 1), /line 3 is not in/],
];

for (const [what, wanted, why] of REFUSED)
  test(`patch: refused: ${what}`, () => {
    const found = [at(WEAK, "a", 1, { edits: [wanted] })];
    const files = {
      text: () => "a\nb\n",
      name: (f: string) => (f.startsWith(FOLDER) ? f.slice(FOLDER.length) : undefined),
    };
    const made = patchOf(findingsOf(found), files);
    assert.equal(made.text, "");
    assert.match(made.left.join(), why);
  });
