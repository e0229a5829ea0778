/**
 * `npm run test:matrix`: runs the tests against Asterisk and writes docs/asterisk-matrix.md from what came of them. It may be
 * given some of the test files; then the page says of the others that they were not run.
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asteriskVersion, TARGETS, titleOf } from "./support/asterisk.ts";
import { GATHER, MODES, NEVER, type Outcome, SCENARIOS } from "./support/matrix.ts";

const PAGE = join(import.meta.dirname, "../../docs/asterisk-matrix.md");

function run(files: readonly string[]): { readonly ok: boolean; readonly outcomes: readonly Outcome[] } {
  const folder = mkdtempSync(join(tmpdir(), "rempart-matrix-"));
  const gathered = join(folder, "outcomes");
  writeFileSync(gathered, "");
  const env = { ...process.env, [GATHER]: gathered };
  const done = spawnSync(process.execPath, ["--test", "--test-concurrency=1", ...files], { stdio: "inherit", env });
  const lines = readFileSync(gathered, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  rmSync(folder, { recursive: true });
  return { ok: done.status === 0, outcomes: lines.map((line) => JSON.parse(line) as Outcome) };
}

/** One table: a row for each scenario, a column for each way of standing in front of each phone system. */
function table(outcomes: readonly Outcome[]): string {
  const columns = TARGETS.flatMap((target) => MODES.map((mode) => ({ target: titleOf(target), mode })));
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rows = Object.entries(SCENARIOS).map(([scenario, title]) => {
    const cells = columns.map(({ target, mode }) => {
      const found = outcomes.find((o) => o.scenario === scenario && o.target === target && o.mode === mode);
      if (found !== undefined) return found.passed ? (found.says ?? "yes") : "**no**";
      return NEVER.some((n) => n.mode === mode && n.scenarios.includes(scenario)) ? "–" : "";
    });
    return row([title, ...cells]);
  });
  const heads = columns.map(({ target, mode }) => `${target.replace("Asterisk ", "")}: ${mode}`);
  return [row(["", ...heads]), row(["---", ...columns.map(() => "---")]), ...rows].join("\n");
}

async function page(outcomes: readonly Outcome[]): Promise<string> {
  const versions = await Promise.all([...new Set(TARGETS.map((t) => t.version))].map(asteriskVersion));
  return `# What was run against Asterisk

Written by \`npm run test:matrix\`, not by hand: ${versions.join(" and ")}, on loopback. "yes": it was run and went well;
"**no**": it failed; "–": ${NEVER.map((n) => n.why).join("; ")}; empty: there is no such test yet, or it was not run.

chan_sip knows no PRACK (RFC 3262). "420": calls that insist on it are refused so, the caller is told what is \`Unsupported\`, and calls that merely offer it go on without.
In \`edge\` two phones need no Asterisk for it.

${table(outcomes)}
`;
}

const given = process.argv.slice(2);
const files = given.length > 0 ? given : globSync(join(import.meta.dirname, "asterisk-*.test.ts")).sort();
const { ok, outcomes } = run(files);
if (outcomes.length === 0) {
  process.stderr.write("No test against Asterisk was run; the page is as it was. They need root and debootstrap.\n");
  process.exitCode = 1;
} else {
  writeFileSync(PAGE, await page(outcomes));
  process.exitCode = ok ? 0 : 1;
}
