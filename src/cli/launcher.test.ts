import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { BIN, program } from "./cli.fixture.ts";

const root = mkdtempSync(join(tmpdir(), "rempart-launcher-"));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

/** A checkout with only the launcher, a program that tells what started it, and the runtimes that a case wants. */
function checkout(o: { packages: boolean; pinned?: string; system?: string }) {
  const folder = join(root, `checkout ${++count}`);
  for (const each of ["bin", "src/cli", "path"]) mkdirSync(join(folder, each), { recursive: true });
  copyFileSync(BIN, join(folder, "bin/rempart"));
  if (o.packages) mkdirSync(join(folder, "node_modules/commander"), { recursive: true });
  if (o.pinned !== undefined) script(join(folder, "node_modules/node/bin/node"), o.pinned);
  if (o.system !== undefined) script(join(folder, "path/node"), o.system);
  return { folder, path: `${join(folder, "path")}:/usr/bin:/bin` };
}

function script(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** A stand-in for Node of some version: it prints its name and arguments. */
function node(version: string, name: string): string {
  return `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; exit 0; fi\necho "${name}:" "$@"\n`;
}

const BROKEN = "\x7fELF that no machine runs";

/** Packages, pinned and system runtime; then exit code, what stdout begins with, what stderr holds. */
const CASES: [string, Parameters<typeof checkout>[0], number, string, RegExp][] = [
  [
    "the pinned runtime",
    { packages: true, pinned: node("v24.21.0", "pinned"), system: node("v26.0.0", "system") },
    0,
    "pinned: ",
    /^$/,
  ],
  ["no pinned one", { packages: true, system: node("v24.0.0", "system") }, 0, "system: ", /^$/],
  [
    "the pinned one does not run here",
    { packages: true, pinned: BROKEN, system: node("v25.1.0", "system") },
    0,
    "system: ",
    /^$/,
  ],
  [
    "nothing installed",
    { packages: false, system: node("v24.0.0", "system") },
    2,
    "",
    /\[NOT_INSTALLED\]\nsafe: .*\nnext: cd .* && npm ci\n$/,
  ],
  [
    "the system's is too old",
    { packages: true, system: node("v22.9.0", "system") },
    2,
    "",
    /is version v22\.9\.0, .* \[OLD_RUNTIME\]\nsafe: .*\nnext: cd .* && npm ci\n$/,
  ],
  ["the system's is broken", { packages: true, system: BROKEN }, 2, "", /does not run here \[NO_RUNTIME\]/],
];

test("the launcher finds a runtime or says what is missing", async (t) => {
  for (const [name, options, code, out, err] of CASES) {
    await t.test(name, async () => {
      const { folder, path } = checkout(options);
      const done = await program(join(folder, "bin/rempart"), ["account", "with space"], "", "/", { PATH: path });
      assert.equal(done.code, code, done.err);
      assert.match(done.err, err);
      const args = `--disable-warning=ExperimentalWarning --max-semi-space-size=4 ${folder}/src/cli/main.ts account with space\n`;
      assert.equal(done.out, out === "" ? "" : out + args);
    });
  }
});

test("it works from any folder and through symbolic links", async () => {
  const { folder, path } = checkout({ packages: true, pinned: node("v24.21.0", "pinned") });
  mkdirSync(join(folder, "elsewhere/deep"), { recursive: true });
  symlinkSync("../../bin/rempart", join(folder, "elsewhere/deep/relative"));
  symlinkSync(join(folder, "elsewhere/deep/relative"), join(folder, "absolute"));
  const calls: [string, string][] = [
    [folder, "bin/rempart"],
    [join(folder, "bin"), "./rempart"],
    ["/", join(folder, "elsewhere/deep/relative")],
    [join(folder, "elsewhere"), "../absolute"],
  ];
  for (const [cwd, command] of calls) {
    const done = await program("/bin/sh", ["-c", `"${command}" status`], "", cwd, { PATH: path });
    assert.equal(
      done.out,
      `pinned: --disable-warning=ExperimentalWarning --max-semi-space-size=4 ${folder}/src/cli/main.ts status\n`,
      done.err,
    );
  }
});
