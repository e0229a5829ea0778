/** Samples of our own for each pair of good and bad in Asterisk's README-SERIOUSLY.bestpractices.md. */
import assert from "node:assert/strict";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadStrength } from "../strength.ts";
import { auditAsterisk, ROWS } from "./audit.ts";

const ROOT = join(import.meta.dirname, "../../../corpus/audit/best-practice");
const strength = await loadStrength();

/** Sample, and the rules that its bad half breaks. */
const PAIRS: Readonly<Record<string, readonly string[]>> = {
  filtering: ["dialled-text-into-dial"],
  "device-names": ["account-is-number", "secret-is-name"],
  "pattern-typos": ["repeated-pattern"],
  "manager-classes": ["manager-user-powers"],
  "set-from-outside": ["foreign-variable-into-shell"],
  "caller-into-command": ["dialled-text-into-shell"],
  "privilege-escalation": ["live-dangerously"],
};

/** Rules that a folder breaks. A note is said, not counted: the text's own good password has twelve characters. */
function broken(folder: string, notes: boolean): string[] {
  const files = new Map(
    globSync("*.conf", { cwd: folder }).map((path) => [path, { text: readFileSync(join(folder, path), "latin1") }]),
  );
  const { found, missing } = auditAsterisk({ files, folder: "/etc/asterisk", now: 0 }, strength);
  assert.deepEqual(missing, []);
  const severities = new Map(ROWS.map(({ rule }) => [rule.id, rule.severity]));
  const counted = found.filter((f) => notes || (f.severity ?? severities.get(f.rule)) !== "note");
  return [...new Set(counted.map((f) => f.rule))].sort();
}

for (const [pair, rules] of Object.entries(PAIRS)) {
  test(`best practice: ${pair}`, () => {
    assert.deepEqual(broken(join(ROOT, pair, "bad"), true), rules);
    assert.deepEqual(broken(join(ROOT, pair, "good"), false), []);
  });
}

test("best practice: every pair is looked at", () => {
  assert.deepEqual(readdirSync(ROOT).sort(), Object.keys(PAIRS).sort());
});
