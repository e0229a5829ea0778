import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { create } from "tar";
import { callProgram } from "../../../test/support/child.ts";
import { isTrouble } from "../../base/index.ts";
import type { Finding, Findings, Rule } from "../../findings/index.ts";
import type { Options } from "./options.ts";
import { outcomeOf } from "./outcome.ts";
import { auditSource } from "./run.ts";
import { readSource } from "./source.ts";

const root = mkdtempSync(join(tmpdir(), "rempart-audit-command-"));
after(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

function folderWith(files: Record<string, string>): string {
  const folder = join(root, String(++made));
  mkdirSync(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const OLD = ["--asterisk-version", "13.13.0"];
const CURRENT = ["--asterisk-version", "22.10.1"];
const plain = (): string => folderWith({ "modules.conf": "[modules]\nautoload = yes\n" });

test("audit: exit code 1 where something is found, 0 where nothing is, in words", async () => {
  const bad = await callProgram(["audit", plain(), ...OLD]);
  assert.equal(bad.code, 1, bad.err);
  assert.match(bad.out, /^Audit of .*: grade D .*\n.*high.* rules checked\./);
  assert.match(bad.out, /AST-2017-005 \(CVE-2017-14099\)/);
  const good = await callProgram(["audit", plain(), ...CURRENT, "--only", "asterisk-advisory,asterisk-unsupported"]);
  assert.equal(good.code, 0, good.out);
  assert.match(good.out, /grade A \(0 points\)\nNothing found\. 2 rules checked\.\n$/);
});

test("audit: without a version it says so, and that the result is partial", async () => {
  const { out } = await callProgram(["audit", plain()]);
  assert.match(out, /grade A or worse/);
  assert.match(out, /partial result:\n- the version of Asterisk is not known/);
});

/** `--fail-on`, and the exit code for an Asterisk with a high advisory. */
const FAIL_ON: [string, number][] = [
  ["critical", 0],
  ["high", 1],
  ["note", 1],
  ["never", 0],
];

for (const [severity, code] of FAIL_ON)
  test(`audit --fail-on ${severity}`, async () => {
    const done = await callProgram(["audit", plain(), ...OLD, "--fail-on", severity]);
    assert.equal(done.code, code);
  });

test("audit -o json, sarif, html: each is what it says", async () => {
  const folder = plain();
  const json = JSON.parse((await callProgram(["audit", folder, ...OLD, "-o", "json"])).out);
  assert.deepEqual([json.format, json.version, json.subject, json.grade], ["rempart-findings", 1, folder, "D"]);
  const sarif = JSON.parse((await callProgram(["-o", "sarif", "audit", folder, ...OLD])).out);
  assert.deepEqual([sarif.version, sarif.runs[0].results.length], ["2.1.0", json.findings.length]);
  const { out } = await callProgram(["audit", folder, ...OLD, "-o", "html"]);
  assert.match(out, /^<!doctype html>[\s\S]*<\/html>\n+$/);
});

test("other commands do not print SARIF, and say so", async () => {
  const done = await callProgram(["lists", "-o", "sarif"]);
  assert.deepEqual([done.code, done.out], [2, ""]);
  assert.match(done.err, /-o sarif: this command prints human or json \[USAGE\]/);
});

test("audit --only: one rule; an unknown one is refused with those there are", async () => {
  const { out } = await callProgram(["audit", plain(), ...OLD, "--only", "asterisk-unsupported"]);
  assert.match(out, /1 rule checked/);
  assert.doesNotMatch(out, /AST-2017/);
  const wrong = await callProgram(["audit", plain(), ...OLD, "--only", "nonsense"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /no rule "nonsense".*\[USAGE\][\s\S]*next: Take some of: .*asterisk-advisory/);
});

test("audit --write-baseline, --baseline: only what is new, what is known is counted, what is gone is named", async () => {
  const folder = plain();
  const file = join(root, "base.json");
  const first = await callProgram(["audit", folder, ...OLD, "--write-baseline", file]);
  assert.equal(first.code, 1);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const same = await callProgram(["audit", folder, ...OLD, "--baseline", file]);
  assert.equal(same.code, 0, same.out);
  assert.match(same.out, /Nothing found[\s\S]*: 0 new, \d+ known, 0 gone\./);
  const newer = await callProgram(["audit", folder, "--asterisk-version", "13.38.2", "--baseline", file, "-o", "json"]);
  const { findings, baseline } = JSON.parse(newer.out);
  assert.deepEqual(findings, []);
  assert.deepEqual([baseline.known, baseline.gone.includes("asterisk-advisory:asterisk/AST-2017-005")], [2, true]);
});

test("audit --report: the form into a file that only the owner may read, the verdict on the screen", async () => {
  const file = join(root, "report.html");
  writeFileSync(file, "older and open to all");
  chmodSync(file, 0o644);
  const done = await callProgram(["audit", plain(), ...OLD, "-o", "html", "--report", file]);
  assert.match(done.out, /^Audit of .*: grade D \(\d+ points\)\. Written: .*report\.html\n$/);
  assert.match(readFileSync(file, "utf8"), /^<!doctype html>[\s\S]*<\/html>\n$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

/** Arguments, exit code, what the words must hold. `F` stands for a folder with a configuration. */
const REFUSALS: [string[], number, RegExp][] = [
  [["nowhere-at-all"], 2, /nowhere-at-all cannot be audited: no such file \[USAGE_AUDIT\]/],
  [["F", "--fail-on", "bad"], 2, /--fail-on: found "bad", expected critical, .*\[USAGE\]/],
  [["F", "--asterisk-version", "latest"], 2, /--asterisk-version: found "latest".*\[USAGE\]/],
  [["F", "--baseline", "nowhere.json"], 2, /nowhere.json cannot be read: no such file \[USAGE_FILE\]/],
  [["F", "--baseline", "F/modules.conf"], 2, /is no baseline of rempart audit \[USAGE_BASELINE\]/],
  [["F", "--report", "F/report.txt"], 1, /report.txt lies in .*, which is only read \[AUDIT_TARGET\]/],
  [["F", "--report", "/nowhere/at/all"], 1, /cannot be written: no such file \[REPORT_UNWRITABLE\]/],
  [["F", "--kamailio"], 2, /no file of Asterisk .* or Kamailio .* is in it: there is modules.conf \[USAGE_AUDIT\]/],
];

for (const [args, code, said] of REFUSALS)
  test(`audit ${args.join(" ")}: refused`, async () => {
    const folder = plain();
    const done = await callProgram([
      "audit",
      ...args.map((a) => a.replace(/^F/, folder)),
      ...(args.includes("--asterisk-version") ? [] : CURRENT),
    ]);
    assert.deepEqual([done.code, done.out], [code, ""]);
    assert.match(done.err, said);
    assert.match(done.err, /\nsafe: .+\nnext: .+\n$/);
  });

test("audit: a report is not written through a link", async () => {
  const target = join(root, "precious");
  writeFileSync(target, "precious");
  symlinkSync(target, join(root, "link.txt"));
  const done = await callProgram(["audit", plain(), ...CURRENT, "--report", join(root, "link.txt")]);
  assert.equal(done.code, 1);
  assert.match(done.err, /REPORT_UNWRITABLE/);
  assert.equal(readFileSync(target, "utf8"), "precious");
});

test("audit: a report is written into no pipe, device or folder", async () => {
  const pipe = join(root, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const file of [pipe, "/dev/null", root]) {
    const done = await callProgram(["audit", plain(), ...CURRENT, "--report", file]);
    assert.match(done.err, /REPORT_UNWRITABLE/, file);
  }
});

test("audit: a report is not written into a file of somebody else", {
  skip: process.getuid?.() !== 0 && "needs root",
}, async () => {
  const file = join(root, "theirs");
  writeFileSync(file, "theirs");
  chownSync(file, 1, 1);
  const done = await callProgram(["audit", plain(), ...CURRENT, "--report", file]);
  assert.match(done.err, /belongs to somebody else \[REPORT_UNWRITABLE\]/);
  assert.equal(readFileSync(file, "utf8"), "theirs");
});

test("audit: a tar file of a whole FreePBX: Asterisk, modules, web server and firewall are found in it", async () => {
  const machine = folderWith({
    "etc/asterisk/pjsip.conf": "; Do NOT edit this file as it is auto-generated by FreePBX.\n",
    "etc/asterisk/modules.conf": "",
    "etc/apache2/sites-enabled/site.conf": "<Directory /var/www/html>\nRequire all granted\n</Directory>\n",
    "var/www/html/admin/modules/endpoint/module.xml":
      "<module><rawname>endpoint</rawname><version>16.0.80</version></module>",
    "var/www/html/admin/modules/firewall/module.xml":
      "<module><rawname>firewall</rawname><version>16.0.1</version></module>",
  });
  const file = join(root, "freepbx.tar.gz");
  await create({ gzip: true, file, cwd: machine }, ["etc", "var"]);
  const done = await callProgram(["audit", file, ...CURRENT, "-o", "json"]);
  assert.equal(done.code, 1, done.err);
  const { findings, missing } = JSON.parse(done.out);
  assert.deepEqual(missing, []);
  const found = findings.map((f: { rule: string; key: string; file: string }) => [
    f.rule,
    f.key,
    f.file.slice(file.length),
  ]);
  assert.deepEqual(
    found.filter(([rule]: string[]) => rule.startsWith("freepbx")),
    [
      ["freepbx-advisory", "freepbx/GHSA-292p-rj6h-54cp", "/var/www/html/admin/modules/endpoint/module.xml"],
      ["freepbx-advisory", "freepbx/CVE-2025-61678", "/var/www/html/admin/modules/endpoint/module.xml"],
      ["freepbx-advisory", "freepbx/GHSA-m42g-xg4c-5f3h", "/var/www/html/admin/modules/endpoint/module.xml"],
      ["freepbx-firewall-off", "freepbx/firewall", "/etc/asterisk/firewall.enabled"],
      ["freepbx-admin-open", "freepbx/admin", "/etc/apache2/sites-enabled/site.conf"],
    ],
  );
});

test("audit: this machine's own FreePBX is found beside /etc/asterisk", async () => {
  const machine = folderWith({
    "etc/asterisk/pjsip.conf": "; auto-generated by FreePBX\n",
    "etc/asterisk/firewall.enabled": "",
    "etc/apache2/sites-enabled/site.conf": "<Location /admin>\nRequire ip 10.0.0.0/8\n</Location>\n",
    "var/www/html/admin/modules/framework/module.xml":
      "<module><rawname>framework</rawname><version>15.0.16.26</version></module>",
  });
  const source = await readSource(join(machine, "etc/asterisk"), machine);
  assert.ok(!isTrouble(source));
  const wanted = { kamailio: false, freepbx: true, version: "22.10.1", now: Date.UTC(2026, 10, 23), root: machine };
  const audited = await auditSource(source, wanted);
  assert.ok(!isTrouble(audited));
  const keys = audited.findings.found.filter((f) => f.rule.startsWith("freepbx")).map((f) => f.key);
  assert.deepEqual(keys, ["freepbx/SEC-2019-001"]);
});

test("audit: a file that is there and could not be read is told, and counts as a finding", async () => {
  const folder = folderWith({ "modules.conf": "", "sip.conf": "a\0b" });
  const done = await callProgram(["audit", folder, ...CURRENT, "--fail-on", "critical"]);
  assert.equal(done.code, 1);
  assert.match(done.out, /grade \w or worse[\s\S]*sip.conf: it is binary, no configuration/);
  assert.equal((await callProgram(["audit", folder, ...CURRENT, "--fail-on", "never"])).code, 0);
});

const RULE: Rule = { id: "guest-calls", severity: "critical", title: "Guests", why: "", fix: "", see: [] };

/** What comes of these findings in a folder with this sip.conf. */
async function outcome(text: string, found: (folder: string) => Finding[], options: Options) {
  const folder = folderWith({ "sip.conf": text });
  const source = await readSource(folder);
  assert.ok(!isTrouble(source));
  const findings: Findings = { job: "audit", subject: folder, rules: [RULE], found: found(folder), missing: [] };
  const inputs = [{ files: source.tree.files, folder, now: 0 }];
  const read = { only: [], failOn: "low", baseline: undefined } as const;
  const done = outcomeOf({ findings, inputs, isUnread: false }, folder, options, read, "human");
  assert.ok(!isTrouble(done), JSON.stringify(done));
  return { done, folder };
}

test("audit --fix: the patch stands elsewhere, the files are as they were, and the words say how to try it", async () => {
  const fix = join(root, "audit.patch");
  const text = "[general]\nallowguest = yes\n; caf\xe9\n";
  const { done, folder } = await outcome(
    text,
    (f) => [
      {
        rule: RULE.id,
        place: { file: `${f}/sip.conf`, line: 2 },
        says: "allowguest = yes",
        key: "sip.conf/general/allowguest",
        proof: [],
        edits: [{ file: `${f}/sip.conf`, line: 2, count: 1, lines: ["allowguest = no"] }],
      },
    ],
    { fix },
  );
  assert.equal(
    readFileSync(fix, "latin1"),
    "--- a/sip.conf\n+++ b/sip.conf\n@@ -1,3 +1,3 @@\n [general]\n-allowguest = yes\n+allowguest = no\n ; caf\xc3\xa9\n",
  );
  assert.equal(statSync(fix).mode & 0o777, 0o600);
  assert.equal(readFileSync(join(folder, "sip.conf"), "utf8"), text);
  assert.match(
    done.human,
    /Patch: .*audit\.patch \(1 of the findings, 1 of the files; it holds lines of them, passwords included\)/,
  );
  assert.match(done.human, new RegExp(`patch -p1 --dry-run -d ${folder} < ${fix}`));
});

test("audit --fix: where nothing can be proposed, no file is written, and the words say so", async () => {
  const fix = join(root, "none.patch");
  const { done } = await outcome("x\n", () => [], { fix });
  assert.equal(existsSync(fix), false);
  assert.match(done.human, /No change can be proposed, so .*none\.patch was not written\./);
});
