import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { filesToRun, GROUPS, list } from "./support/groups.ts";

const ROOT = join(import.meta.dirname, "..");

test("npm test runs every file of tests once: in its group, or by itself", () => {
  const grouped: string[] = [];
  for (const [group, patterns] of Object.entries(GROUPS)) {
    const entry = readFileSync(join(ROOT, `test/groups/${group}.test.ts`), "utf8");
    assert.ok(entry.includes(`await runGroup("${group}");`), group);
    for (const pattern of patterns) assert.notEqual(list([pattern]).length, 0, `${pattern} is nobody`);
    grouped.push(...list(patterns));
  }
  const run = [...grouped, ...filesToRun().filter((file) => !file.startsWith("test/groups/"))];
  const all = globSync(["{src,test,fuzz,native}/**/*.test.ts"], { cwd: ROOT });
  const elsewhere = /^test\/(peers|groups)\//;
  assert.deepEqual(run.sort(), all.filter((file) => !elsewhere.test(file)).sort());
});
