import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";

const NATIVE = join(import.meta.dirname, "..");
const OPTIONS = { timeout: 180_000, skip: process.platform === "linux" ? false : "the addon is for Linux" };
const TOOLS = ["cc", "gcc", "make", "python3", "npm"];

/** A copy of the sources, as in a fresh clone: nothing built. */
function fresh(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "rempart-install-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const copy = join(root, "native", "udp");
  mkdirSync(copy, { recursive: true });
  // Node's header files come with the pinned runtime.
  symlinkSync(join(NATIVE, "..", "..", "node_modules"), join(root, "node_modules"));
  for (const file of ["udp.c", "binding.gyp", "install.mjs"]) cpSync(join(NATIVE, file), join(copy, file));
  return copy;
}

/** A folder with the tools of this machine, but some: to be the whole PATH. */
function pathWithout(copy: string, missing: readonly string[]): string {
  const folder = join(copy, "..", "..", "bin");
  mkdirSync(folder);
  for (const tool of TOOLS.filter((name) => !missing.includes(name))) {
    const found = (process.env.PATH ?? "").split(delimiter).find((dir) => existsSync(join(dir, tool)));
    if (found) symlinkSync(join(found, tool), join(folder, tool));
  }
  return folder;
}

function install(copy: string, env: NodeJS.ProcessEnv): { status: number | null; stdout: string; stderr: string } {
  const { CC: _, npm_config_node_gyp: __, npm_execpath: ___, ...rest } = process.env;
  return spawnSync(process.execPath, [join(copy, "install.mjs")], { env: { ...rest, ...env }, encoding: "utf8" });
}

for (const [missing, words] of [
  [["cc", "gcc"], "there is no C compiler"],
  [["make"], "there is no make"],
  [["python3"], "there is no python3"],
  [["npm"], "there is no node-gyp"],
] as const) {
  test(`install: without ${missing[0]} it succeeds and says in one line what serves instead`, OPTIONS, (t) => {
    const copy = fresh(t);
    const { status, stdout, stderr } = install(copy, { PATH: pathWithout(copy, missing) });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    assert.equal(stdout.split("\n").length, 2, stdout);
    assert.ok(stdout.startsWith("rempart: batch UDP is not built, node:dgram will serve instead"), stdout);
    // A machine that lacks more than the one is told of the first.
    if (existsSync("/usr/bin/cc") && existsSync("/usr/bin/make")) assert.ok(stdout.includes(words), stdout);
    assert.equal(existsSync(join(copy, "build")), false);
  });
}

test("install: a compiler that fails leaves nothing half-built, and the installation succeeds", OPTIONS, (t) => {
  const copy = fresh(t);
  writeFileSync(join(copy, "udp.c"), "#error no\n");
  const { status, stdout } = install(copy, {});
  assert.equal(status, 0);
  assert.equal(stdout.split("\n").length, 2, stdout);
  assert.ok(stdout.startsWith("rempart: batch UDP is not built"), stdout);
  if (existsSync("/usr/bin/cc") && existsSync("/usr/bin/make")) assert.match(stdout, /udp\.c:1:2: error: #error no/);
  assert.equal(existsSync(join(copy, "build")), false);
});

test("install: without Node's header files it says that they are missing", OPTIONS, (t) => {
  const copy = fresh(t);
  rmSync(join(copy, "..", "..", "node_modules"));
  // A folder that is empty, in place of a network that is not there.
  const { status, stdout } = install(copy, { npm_config_nodedir: join(copy, "nowhere") });
  assert.equal(status, 0);
  assert.equal(stdout.split("\n").length, 2, stdout);
  assert.equal(existsSync(join(copy, "build")), false);
});

test(
  "install: with the tools it builds in seconds and says nothing; a second time it only looks",
  OPTIONS,
  async (t) => {
    const copy = fresh(t);
    const probe = install(copy, {});
    assert.equal(probe.status, 0);
    if (probe.stdout !== "") {
      t.skip(`not on this machine: ${probe.stdout.trim()}`);
      return;
    }
    assert.ok(existsSync(join(copy, "build", "Release", "udp.node")));
    const built = statSync(join(copy, "build", "Release", "udp.node")).mtimeMs;
    assert.equal(install(copy, {}).stdout, "");
    assert.equal(statSync(join(copy, "build", "Release", "udp.node")).mtimeMs, built, "not built again");
  },
);
