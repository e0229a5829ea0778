/** What the documents say about codes, files and commands is held against the source. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Codes of `Failure`s and `Trouble`s as they stand in the source, and those of the launcher. */
function codesInSource(): Set<string> {
  const codes = new Set<string>();
  for (const path of globSync("src/**/*.ts", { cwd: ROOT })) {
    if (/\.(test|contract|fixture)\.ts$/.test(path)) continue;
    const code = read(path);
    for (const hit of code.matchAll(/"((?:[A-Z][A-Z0-9]*_)+[A-Z0-9]+)"/g)) codes.add(hit[1]);
    for (const hit of code.matchAll(/\btrouble\(\s*"([A-Z]+)"/g)) codes.add(hit[1]);
    // A code made from a header's name: the headers that every request has.
    if (code.includes("`SIP_NO_$")) for (const h of ["VIA", "FROM", "TO", "CALL_ID", "CSEQ"]) codes.add(`SIP_NO_${h}`);
  }
  for (const hit of read("bin/rempart").matchAll(/\brefuse ([A-Z_]+) /g)) codes.add(hit[1]);
  // Those of Node and of ws.
  return new Set([...codes].filter((code) => !/^(WS_)?ERR_/.test(code)));
}

test("docs/error-codes.md lists every code, and none that is gone", () => {
  const listed = new Set(
    [...read("docs/error-codes.md").matchAll(/^\| (`[^|]+`) \|/gm)].flatMap((row) => row[1].match(/\w+/g) ?? []),
  );
  const used = codesInSource();
  assert.deepEqual([...used].filter((c) => !listed.has(c)).sort(), [], "not in the page");
  assert.deepEqual([...listed].filter((c) => !used.has(c)).sort(), [], "no longer in the source");
});

test("links between documents lead somewhere", () => {
  const dead: string[] = [];
  for (const path of globSync(["*.md", "docs/**/*.md", "src/*/README.md"], { cwd: ROOT })) {
    // Asterisk's own "[section](template)" stands in blocks of code.
    for (const [, target] of read(path)
      .replaceAll(/^```.*?^```$/gms, "")
      .matchAll(/\]\(([^)#:]+)\)/g)) {
      if (!existsSync(join(ROOT, dirname(path), target))) dead.push(`${path}: ${target}`);
    }
    for (const [target] of read(path).matchAll(/\bdocs\/[\w/.-]+\.md\b/g)) {
      if (!existsSync(join(ROOT, target))) dead.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(dead, []);
});

test("every decision named in the source has its page", () => {
  const pages = globSync("docs/decisions/*.md", { cwd: ROOT }).map((path) => path.slice("docs/decisions/".length));
  const named = new Set<string>();
  for (const path of globSync(["src/**/*.{ts,md}", "docs/*.md", "*.md"], { cwd: ROOT })) {
    for (const hit of read(path).matchAll(/\bdecisions?(?:\/| )(\d{3})/g)) named.add(hit[1]);
  }
  assert.ok(named.size > 0);
  for (const number of named)
    assert.ok(
      pages.some((p) => p.startsWith(number)),
      `decision ${number}`,
    );
});

test("every dependency has its line, and every line its dependency", () => {
  const about = JSON.parse(read("package.json")) as Record<"dependencies" | "devDependencies", Record<string, string>>;
  const declared = [...Object.keys(about.dependencies), ...Object.keys(about.devDependencies)].sort();
  const page = read("docs/dependencies.md");
  const listed = [...page.matchAll(/^\| ([@\w/-]+) \| /gm)].map((hit) => hit[1]).filter((name) => name !== "package");
  assert.deepEqual(listed.sort(), declared);
});

test("the lock names no registry, and every platform's optional packages", () => {
  const lock = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { resolved?: string; version?: string; optionalDependencies?: Record<string, string> }>;
  };
  const entries = Object.entries(lock.packages);
  assert.deepEqual(
    entries.filter(([, p]) => p.resolved !== undefined).map(([path]) => path),
    [],
  );
  const missing = entries
    .flatMap(([, p]) => Object.keys(p.optionalDependencies ?? {}))
    .filter((name) => lock.packages[`node_modules/${name}`]?.version === undefined);
  assert.deepEqual(missing, []);
});
