import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { callProgram } from "../../../test/support/child.ts";
import { type Site, site } from "../cli.fixture.ts";
import { randomSecret, randomWords } from "../secret.ts";

const CSV = `user,domain,password
1001,pbx.example.org,1001
reception,pbx.example.org,Asterisk123!
zurivaka73,pbx.example.org,0042
betunomi42,pbx.example.org,kV7-uN2#pR9!tX4
`;

async function importAll(s: Site): Promise<void> {
  writeFileSync(`${s.folder}/accounts.csv`, CSV);
  const imported = await s.call(["account", "import", `${s.folder}/accounts.csv`, "--allow-weak"]);
  assert.equal(imported.code, 0, imported.err);
}

test("audit passwords: weak accounts by name and kind, never a password; strong ones are not named", async () => {
  const s = site();
  await importAll(s);
  const done = await s.call(["audit", "passwords", "--accounts"]);
  assert.equal(done.code, 1, done.err);
  assert.match(done.err, /^Trying about [\d,]+ guesses on each of 4 accounts: about \d+ s\.\n$/);
  assert.match(done.out, /^Audit of 4 accounts in .*: grade F/);
  assert.match(done.out, /1001@pbx.example.org\n {6}its password is made from its own name/);
  assert.match(done.out, /reception@pbx.example.org\n {6}its password is one of those/);
  assert.match(done.out, /zurivaka73@pbx.example.org\n {6}its password is a number/);
  assert.match(
    done.out,
    /LOW {2}A user name that attackers try first[\s\S]*1001@pbx.example.org\n {6}the user name 1001 is a number/,
  );
  assert.doesNotMatch(done.out + done.err, /Asterisk123|0042|betunomi42|kV7/);
  const json = JSON.parse((await s.call(["audit", "passwords", "-o", "json"])).out);
  assert.deepEqual([json.counts.critical, json.counts.low, json.findings.length], [3, 1, 4]);
});

test("audit passwords: no store yet is no accounts, and nothing found", async () => {
  const done = await site().call(["audit", "passwords"]);
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /^Audit of 0 accounts/);
});

for (const args of [["--fail-on", "bad"], ["--kamailio"], ["--fix", "x.patch"], ["--only", "guest-calls"]])
  test(`audit passwords ${args.join(" ")} is refused`, async () => {
    const done = await site().call(["audit", "passwords", ...args]);
    assert.equal(done.code, 2);
    assert.match(done.err, /\[USAGE\]\nsafe: /);
  });

test("audit passwords: what is known can be left out, and the rest stands in a report", async () => {
  const s = site();
  await importAll(s);
  const [base, report] = [`${s.folder}/base.json`, `${s.folder}/report.html`];
  await s.call(["audit", "passwords", "--write-baseline", base]);
  const again = await s.call(["audit", "passwords", "--baseline", base, "-o", "html", "--report", report]);
  assert.equal(again.code, 0, again.err);
  assert.match(readFileSync(report, "utf8"), /Nothing was found/);
  assert.match(again.out, /0 new, 4 known, 0 gone/);
});

/** Words behind `secret generate`, and what is printed. */
const SECRETS: [string[], RegExp][] = [
  [[], /^[a-zA-Z2-9]{24}\n$/],
  [["--length", "40"], /^[a-zA-Z2-9]{40}\n$/],
  [["--words"], /^(?:[a-z]{4}-){7}[a-z]{4}\n$/],
  [["--words", "--length", "6"], /^(?:[a-z]{4}-){5}[a-z]{4}\n$/],
];

for (const [args, printed] of SECRETS)
  test(`secret generate ${args.join(" ")}`, async () => {
    const [one, two] = await Promise.all([0, 1].map(() => callProgram(["secret", "generate", ...args])));
    assert.match(one.out, printed);
    assert.notEqual(one.out, two.out);
  });

for (const length of ["15", "129", "0", "x", "-5", "99999"])
  test(`secret generate --length ${length} is refused`, async () => {
    const done = await callProgram(["secret", "generate", "--length", length]);
    assert.deepEqual([done.code, done.out], [2, ""]);
  });

test("a secret holds every letter of its alphabet alike, and says how many bits it has", () => {
  const counts = new Map<string, number>();
  for (const c of randomSecret(56_000).secret) counts.set(c, (counts.get(c) ?? 0) + 1);
  assert.equal(counts.size, 56);
  // 1,000 each; 6 times the deviation is never seen.
  for (const [c, n] of counts) assert.ok(Math.abs(n - 1_000) < 200, `${c}: ${n}`);
  assert.deepEqual([randomSecret(24).bits, randomWords(8).bits], [139, 94]);
});
