import assert from "node:assert/strict";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Finding } from "../../findings/index.ts";
import type { AuditFile, AuditInput } from "../input.ts";
import { loadStrength } from "../strength.ts";
import { auditAsterisk, ROWS } from "./audit.ts";

const ROOT = join(import.meta.dirname, "../../../corpus/audit/asterisk");
const strength = await loadStrength();

/** What a folder does not say about itself: version, modes and owners of its files. */
interface About {
  readonly version?: string;
  readonly modes?: Readonly<Record<string, string>>;
  readonly owners?: Readonly<Record<string, number>>;
}

function inputOf(folder: string): AuditInput {
  const about: About = existsSync(join(folder, "about.json"))
    ? JSON.parse(readFileSync(join(folder, "about.json"), "utf8"))
    : {};
  const files = new Map<string, AuditFile>();
  for (const path of globSync("**/*.{conf,pem}", { cwd: folder }).sort()) {
    const [mode, uid] = [about.modes?.[path], about.owners?.[path]];
    files.set(path, {
      text: readFileSync(join(folder, path), "latin1"),
      ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }),
      ...(uid === undefined ? {} : { uid }),
    });
  }
  const input = { files, folder: "/etc/asterisk", now: Date.UTC(2030, 0, 1) };
  return about.version === undefined ? input : { ...input, version: about.version };
}

/** "pjsip.conf:3 severity key", and below it the path and what would be written. */
function shown(f: Finding): string[] {
  const short = (file: string): string => file.replace("/etc/asterisk/", "");
  const place = "file" in f.place ? `${short(f.place.file)}:${f.place.line}` : "";
  return [
    `${place} ${f.severity ?? "as its rule"}: ${f.says}`,
    `  key ${f.key}`,
    ...f.proof.map((line) => `  proof ${line}`),
    ...f.edits.flatMap((e) => e.lines.map((line) => `  edit ${short(e.file)}:${e.line},${e.count} ${line}`)),
  ];
}

/** The files with the edits in them, the last line first, so that lines above keep their numbers. */
function mended(input: AuditInput, found: readonly Finding[]): AuditInput {
  const files = new Map(input.files);
  const edits = found.flatMap((f) => f.edits).toSorted((a, b) => b.line - a.line);
  for (const { file, line, count, lines } of edits) {
    const path = file.replace("/etc/asterisk/", "");
    const was = files.get(path);
    assert.ok(was, path);
    const text = was.text.split("\n");
    text.splice(line - 1, count, ...lines);
    files.set(path, { ...was, text: text.join("\n") });
  }
  return { ...input, files };
}

for (const { rule } of ROWS) {
  test(`audit of Asterisk: ${rule.id}`, () => {
    const folder = join(ROOT, rule.id);
    const of = (side: string): Finding[] =>
      auditAsterisk(inputOf(join(folder, side)), strength).found.filter((f) => f.rule === rule.id);
    assert.ok(existsSync(join(folder, "bad")) && existsSync(join(folder, "good")), "no samples");
    assert.deepEqual(of("good").flatMap(shown), []);
    const found = of("bad").flatMap(shown);
    assert.deepEqual(found, readFileSync(join(folder, "expected.txt"), "utf8").trimEnd().split("\n"));
    assert.notEqual(found.length, 0);
    // What was told with an edit is gone with it.
    const bad = inputOf(join(folder, "bad"));
    const told = of("bad").filter((f) => f.edits.length > 0);
    const after = auditAsterisk(mended(bad, told), strength).found.filter((f) => f.rule === rule.id);
    const left = after.filter((f) => told.some((t) => t.key === f.key));
    assert.deepEqual(left.flatMap(shown), []);
  });
}

test("audit of Asterisk: every sample has its rule", () => {
  const rules = ROWS.map((row) => row.rule.id);
  assert.deepEqual(readdirSync(ROOT).sort(), rules.toSorted());
  assert.equal(new Set(rules).size, rules.length);
});

test("audit of Asterisk: the README's table has every rule, with its severity and title", () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const missing = ROWS.map(({ rule }) => `| \`${rule.id}\` | ${rule.severity} | ${rule.title} |`);
  assert.deepEqual(
    missing.filter((line) => !readme.includes(line)),
    [],
  );
});
