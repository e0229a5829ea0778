import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** Runs `code` with a logger `log` and returns the lines it left on stderr. */
function logged(level: string, code: string): string[] {
  const program = `import { makeLogger } from ${JSON.stringify(new URL("./log.ts", import.meta.url).href)};
    const log = makeLogger(${JSON.stringify(level)}); ${code}`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  assert.equal(run.stdout, "", "the log never mixes with data");
  return run.stderr.trimEnd().split("\n");
}

test("one JSON line per event, with level and time in words", () => {
  const [line] = logged("info", 'log.info({ pending: 3 }, "the store takes registrations again")');
  const { time, ...rest } = JSON.parse(line);
  assert.deepEqual(rest, { level: "info", pending: 3, msg: "the store takes registrations again" });
  assert.equal(new Date(time).toISOString(), time);
});

test("below its level it is silent", () => {
  assert.deepEqual(
    logged("error", 'log.warn("no"); log.error("yes")').map((line) => JSON.parse(line).msg),
    ["yes"],
  );
});

test("secrets are left out, here and one level down", () => {
  const [line] = logged("info", 'log.info({ password: "p1", account: { user: "u", ha1: "p2" }, secret: "p3" }, "m")');
  assert.doesNotMatch(line, /p[123]/);
  assert.deepEqual(JSON.parse(line).account, { user: "u" });
});

test("what was logged is out even when the process ends at once", () => {
  assert.equal(logged("info", 'log.info("last words"); process.kill(process.pid, "SIGKILL")').length, 1);
});
