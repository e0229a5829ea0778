/** `npm run bench`: the edge, Kamailio and a bare echo in one run. README.md says what is measured and how. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cell, DISTURBED, disturbance, matrix, type Plan } from "./cells.ts";
import { crowd, halfRates, idleMemory, soak } from "./extras.ts";
import { build } from "./load.ts";
import { versionOf } from "./process.ts";
import { type Findings, report } from "./report.ts";
import { ROWS, type Row } from "./rows.ts";
import { bare, type Contender, kamailio, rempart, rempartBefore } from "./servers.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    warmup: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
    accounts: { type: "string", default: "10000" },
    patience: { type: "string", default: "2" },
    bindings: { type: "string", default: "100000" },
    rows: { type: "string", default: "" },
    servers: { type: "string", default: "" },
    "no-extras": { type: "boolean", default: false },
    "half-only": { type: "boolean", default: false },
    soak: { type: "boolean", default: false },
    minutes: { type: "string", default: "10" },
    out: { type: "string", default: "" },
    json: { type: "string", default: "" },
  },
});

const plan: Plan = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  warmup: Number(values.warmup),
  accounts: Number(values.accounts),
  patience: Number(values.patience),
};

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function sayCell(c: Cell): void {
  const wrong = c.lost + c.errors + c.unacked;
  const disturbed = disturbance(c, true);
  const others = disturbed < DISTURBED ? "" : `  DISTURBED by ${Math.round(disturbed * 100)} % of a core`;
  const more = wrong > 0 ? `  LOST ${c.lost} WRONG ${c.errors + c.unacked} ${c.first_error}` : "";
  const busy = Math.round((c.server_cpu / c.seconds) * 100);
  const rate = Math.round(c.rate).toLocaleString("en").padStart(9);
  const times = `p50 ${c.p50.toFixed(2)} p99 ${c.p99.toFixed(2)}`;
  say(
    `${c.server.padEnd(14)} ${c.row.padEnd(18)} ${rate}/s  ${times}  server ${busy} %  ${Math.round(c.memory)} MiB${others}${more}`,
  );
}

const wanted = <T extends { readonly name: string }>(all: readonly T[], names: string): T[] =>
  all.filter((x) => names === "" || names.split(",").includes(x.name));

async function contendersIn(folder: string): Promise<Contender[]> {
  const all = [await rempart(folder, "batch", plan.accounts), await rempart(folder, "dgram", plan.accounts)];
  if (versionOf(["kamailio", "-v"]) === "")
    say("Kamailio is not there (apt-get install kamailio kamailio-sqlite-modules): no ratios");
  else all.push(await kamailio(folder, plan.accounts, "stock"), await kamailio(folder, plan.accounts, "wal"));
  const fronts = [await rempartBefore(folder, "edge", plan.accounts), await rempartBefore(folder, "relay", 0)];
  const others = [...fronts, bare(folder, "node"), bare(folder, "c")];
  return wanted([...all, ...others], values.servers);
}

async function extras(folder: string, rows: readonly Row[], contenders: readonly Contender[], cells: readonly Cell[]) {
  const measured = wanted(contenders, "rempart-batch,kamailio");
  const md5 = rows.filter((r) => r.sha256For === undefined);
  say("half the top rate");
  const half = await halfRates(folder, md5, measured, cells, plan);
  if (values["half-only"]) return { half, idle: undefined, crowd: undefined };
  say("memory");
  const idle = { empty: await idleMemory(folder, 0), accounts: await idleMemory(folder, plan.accounts) };
  const many = await crowd(folder, md5, plan, Number(values.bindings));
  return { half, idle, crowd: many };
}

async function main(folder: string): Promise<void> {
  if (availableParallelism() < 2) throw new Error("one core for the server and one for the load are needed");
  build();
  const contenders = await contendersIn(folder);
  const rows = wanted(ROWS, values.rows);
  const cells = await matrix(rows, contenders, plan, sayCell);
  const edge = contenders.find((c) => c.name === "rempart-batch");
  const nothing = { half: undefined, idle: undefined, crowd: undefined, soak: undefined };
  const words = process.argv.slice(2);
  const command = words.length > 0 ? `npm run bench -- ${words.join(" ")}` : "npm run bench";
  const found = { command, plan, contenders, rows, cells };
  // What follows may fail, and these took most of the time.
  write({ ...found, ...nothing });
  const more = values["no-extras"] || edge === undefined ? nothing : await extras(folder, rows, contenders, cells);
  const digest = ROWS.find((r) => r.name === "digest-call");
  const minutes = values.soak ? Number(values.minutes) : 0;
  if (minutes > 0) say(`soak, ${minutes} minutes`);
  const long =
    minutes > 0 && edge !== undefined && digest !== undefined
      ? await soak(edge, digest, cells, plan, minutes)
      : undefined;
  process.stdout.write(write({ ...found, ...more, soak: long }));
}

/** Writes the page and the cells where they belong; gives the page. */
function write(findings: Findings): string {
  const page = report(findings);
  const whole = values.rows === "" && values.servers === "" && !values["no-extras"];
  const out = values.out !== "" ? values.out : whole ? join(import.meta.dirname, "RESULTS.md") : "";
  if (out !== "") writeFileSync(out, page);
  if (values.json !== "") writeFileSync(values.json, JSON.stringify(findings, null, 1));
  return page;
}

const folder = mkdtempSync(join(tmpdir(), "rempart-bench-"));
try {
  await main(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
