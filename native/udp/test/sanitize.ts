/**
 * The addon under AddressSanitizer with UndefinedBehaviorSanitizer, and under valgrind.
 *
 *   node native/udp/test/sanitize.ts [asan] [valgrind]     both when none is named
 *
 * asan: a sanitized build runs exercise.cjs and the whole test files of both UDP adapters (worker threads, close inside a
 * batch, collection). Only the addon is instrumented: a wrong access by Node itself is not seen, one to memory that the
 * addon was given is. Leaks are not looked for: V8 leaves its heap to the end of the process.
 * valgrind: the ordinary build runs exercise.cjs (all paths of the C file but worker threads and faults of the system);
 * errors and definite leaks count when the addon is in their stack.
 * Exit 0: clean. 1: findings, which are printed. 2: a tool is missing, which is said.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const HEADERS = [
  join(ROOT, `node_modules/node/node_modules/node-linux-${process.arch}/include/node`),
  join(dirname(process.execPath), "..", "include", "node"),
];
const ADDON = "native/udp/build/Release/udp.node";
const FLAGS = ["-shared", "-fPIC", "-g", "-O1", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"];
const SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];

interface Verdict {
  readonly exit: 0 | 1 | 2;
  readonly words: string;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  return spawnSync(command, args, { encoding: "utf8", timeout: 600_000, env: { ...process.env, ...env } });
}

/** A copy of what the tests need, since the build under test has a name that only one build can have. */
function copyTo(folder: string): void {
  for (const part of ["native/udp", "src/base", "src/sip", "src/ports", "src/transport", "package.json"]) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  rmSync(join(folder, "native/udp/build"), { recursive: true, force: true });
  mkdirSync(join(folder, dirname(ADDON)), { recursive: true });
}

function compile(folder: string, extra: readonly string[]): Verdict | undefined {
  const include = HEADERS.find((path) => run("test", ["-f", join(path, "node_api.h")]).status === 0);
  if (include === undefined) return { exit: 2, words: "Node's header files are not here" };
  const source = join(folder, "native/udp/udp.c");
  const out = join(folder, ADDON);
  const defines = ["-D_GNU_SOURCE", "-DNAPI_VERSION=8", "-I", include];
  const cc = run("cc", [...FLAGS, ...extra, ...defines, source, "-o", out]);
  if (cc.error !== undefined) return { exit: 2, words: "there is no C compiler" };
  return cc.status === 0 ? undefined : { exit: 1, words: `it does not compile:\n${cc.stderr}` };
}

function asan(folder: string): Verdict {
  const library = run("cc", ["-print-file-name=libasan.so"]).stdout?.trim() ?? "";
  if (!library.includes("/")) return { exit: 2, words: "there is no libasan (Debian: libasan8, with gcc)" };
  const fault = compile(folder, SANITIZE);
  if (fault !== undefined) return fault;
  const env = {
    LD_PRELOAD: library,
    ASAN_OPTIONS: "detect_leaks=0:abort_on_error=1",
    UBSAN_OPTIONS: "print_stacktrace=1",
  };
  const tests = ["udp", "batch"].map((name) => join(folder, `src/transport/${name}.test.ts`));
  for (const args of [
    [join(folder, "native/udp/test/exercise.cjs"), "50"],
    ["--test", ...tests],
  ]) {
    const node = run(process.execPath, args, env);
    const said = `${node.stdout}${node.stderr}`;
    if (node.status !== 0 || /AddressSanitizer|runtime error:/.test(said)) return { exit: 1, words: said };
  }
  return { exit: 0, words: "exercise.cjs and the tests of both adapters ran clean" };
}

function valgrind(folder: string): Verdict {
  if (run("valgrind", ["--version"]).status !== 0) return { exit: 2, words: "there is no valgrind" };
  const fault = compile(folder, []);
  if (fault !== undefined) return fault;
  const xml = join(folder, "valgrind.xml");
  const options = ["--xml=yes", `--xml-file=${xml}`, "--leak-check=full", "--show-leak-kinds=definite"];
  const script = join(folder, "native/udp/test/exercise.cjs");
  const node = run("valgrind", [...options, process.execPath, script, "4"]);
  if (node.status !== 0) return { exit: 1, words: `${node.stdout}${node.stderr}` };
  const errors = readFileSync(xml, "utf8").split("<error>").slice(1);
  // What V8 does with memory of its own is not ours to judge.
  const ours = errors.filter((error) => error.includes("udp.node"));
  if (ours.length > 0) return { exit: 1, words: ours.join("\n") };
  return { exit: 0, words: `exercise.cjs ran clean (${errors.length} reports in Node itself left aside)` };
}

const STEPS: Readonly<Record<string, (folder: string) => Verdict>> = { asan, valgrind };

function main(names: readonly string[]): number {
  let exit = 0;
  for (const name of names.length > 0 ? names : Object.keys(STEPS)) {
    const folder = mkdtempSync(join(tmpdir(), "rempart-sanitize-"));
    copyTo(folder);
    const verdict = STEPS[name]?.(folder) ?? { exit: 2, words: "no such step: asan, valgrind" };
    rmSync(folder, { recursive: true, force: true });
    console.log(`${name}: ${verdict.words}`);
    exit = Math.max(exit, verdict.exit);
  }
  return exit;
}

process.exitCode = main(process.argv.slice(2));
