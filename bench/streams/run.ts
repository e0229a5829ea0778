/** `npm run bench:streams`: what TCP, TLS and WebSocket cost, here and at Kamailio. bench/README.md says what is measured and how. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { disturbance } from "../cells.ts";
import { memory, quiet, versionOf } from "../process.ts";
import { build, client, type Heard, holding, holdingPostQuantum } from "./client.ts";
import { type Cell, type Findings, type IdleCell, mark, report } from "./report.ts";
import { IDLE_ROWS, type IdleRow, ROWS, type Row } from "./rows.ts";
import { type Contender, kamailio, makePair, missingForKamailio, rempart, type Server } from "./servers.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    warmup: { type: "string", default: "1.5" },
    rounds: { type: "string", default: "3" },
    patience: { type: "string", default: "1" },
    idle: { type: "string", default: "10000" },
    web: { type: "string", default: "5000" },
    key: { type: "string", default: "ecdsa" },
    rows: { type: "string", default: "" },
    servers: { type: "string", default: "" },
    out: { type: "string", default: "" },
  },
});
const seconds = Number(values.seconds);
const warmup = Number(values.warmup);
const rounds = Number(values.rounds);
const patience = Number(values.patience);

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const wanted = <T extends { readonly name: string }>(all: readonly T[], names: string): T[] =>
  all.filter((x) => names === "" || names.split(",").includes(x.name));

/** Once more, when the machine is quiet, if others had a hand in it. The least disturbed counts. */
async function measure(row: Row, server: Server): Promise<Heard> {
  let best: Heard | undefined;
  for (let i = 0; i <= patience; i++) {
    if (patience > 0) await quiet();
    const heard = await client(row, { port: server.ports[row.over], pids: server.pids(), seconds, warmup });
    if (best === undefined || disturbance(heard, true) < disturbance(best, true)) best = heard;
    if (mark(best) !== "*") break;
  }
  return best as Heard;
}

function sayCell(c: Cell): void {
  const each = Math.round((c.server_cpu / Math.max(1, c.done)) * 1e6);
  const wrong = c.lost + c.errors + c.not_resumed;
  const trouble = wrong > 0 ? `  LOST ${c.lost} WRONG ${c.errors} NOT RESUMED ${c.not_resumed} ${c.first_error}` : "";
  const busy = `server ${Math.round((c.server_cpu / c.seconds) * 100)} %  load ${Math.round(c.own_cpu * 100)} %`;
  const others = mark(c) === "*" ? `  DISTURBED by ${Math.round(disturbance(c, true) * 100)} % of a core` : "";
  say(
    `${c.server.padEnd(9)} ${c.row.padEnd(12)} ${c.rate.toFixed(0).padStart(7)}/s  ${each} us  ${busy}${others}${trouble}`,
  );
}

const WARM_UP = { mode: "new", over: "tls", inflight: 64 } as const;

/** Every row on every server in turn; each turn of a server is a fresh start. */
async function rateCells(rows: readonly Row[], contenders: readonly Contender[]): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (let round = 0; round < (rows.length > 0 ? rounds : 0); round++) {
    for (const contender of contenders) {
      const server = await contender.start();
      // What a compiler has to see first is no row's own.
      await client(WARM_UP, { port: server.ports.tls, pids: server.pids(), seconds: 2, warmup: 0 });
      for (const row of rows) {
        const cell = { ...(await measure(row, server)), row: row.name, server: contender.name };
        cells.push(cell);
        sayCell(cell);
      }
      await server.stop();
    }
  }
  return cells;
}

/** A fresh server for each: what one row has left in memory is not the next one's. */
async function idleCell(row: IdleRow, contender: Contender): Promise<IdleCell> {
  const connections = Number(row.over === "wss" ? values.web : values.idle);
  const server = await contender.start();
  // Until it has stopped growing by itself.
  await sleep(2_000);
  const pids = server.pids();
  const before = memory(pids);
  const target = { port: server.ports[row.over], pids, seconds, warmup };
  const work = async (opened: Pick<Heard, "done" | "first_error" | "spoken">) => {
    if (opened.done !== connections) throw new Error(`${opened.done} of ${connections} stand: ${opened.first_error}`);
    await sleep(3_000);
    return { after: memory(pids), spoken: opened.spoken };
  };
  const found = row.postQuantum
    ? await holdingPostQuantum(connections, target, work)
    : await holding(row.over, connections, target, work);
  await server.stop();
  say(
    `${contender.name.padEnd(9)} ${row.name.padEnd(12)} ${Math.round(before)} MiB, with them ${Math.round(found.after)}`,
  );
  return { row: row.name, server: contender.name, connections, before, ...found };
}

async function main(folder: string): Promise<void> {
  if (availableParallelism() < 2) throw new Error("one core for the server and one for the load are needed");
  if (values.key !== "ecdsa" && values.key !== "rsa") throw new Error("--key is ecdsa or rsa");
  build();
  const pair = makePair(folder, values.key);
  const missing = versionOf(["kamailio", "-v"]) === "" ? "kamailio" : missingForKamailio();
  if (missing !== "") say(`Kamailio is left out (apt-get install ${missing}): nothing to compare with`);
  const all = [rempart(folder, pair), ...(missing === "" ? [kamailio(folder, pair)] : [])];
  const contenders = wanted(all, values.servers);
  const rows = wanted(ROWS, values.rows);
  const idleRows = wanted(IDLE_ROWS, values.rows);
  const cells = await rateCells(rows, contenders);
  const idle: IdleCell[] = [];
  for (const row of idleRows) for (const contender of contenders) idle.push(await idleCell(row, contender));
  const words = process.argv.slice(2);
  const command = words.length > 0 ? `npm run bench:streams -- ${words.join(" ")}` : "npm run bench:streams";
  const key = values.key === "rsa" ? "RSA 2048" : "ECDSA P-256";
  const findings: Findings = { command, key, seconds, warmup, rounds, contenders, rows, cells, idleRows, idle };
  const page = report(findings);
  process.stdout.write(page);
  const whole = values.rows === "" && values.servers === "";
  const out = values.out !== "" ? values.out : whole ? join(import.meta.dirname, "../STREAMS.md") : "";
  if (out !== "") writeFileSync(out, page);
}

const folder = mkdtempSync(join(tmpdir(), "rempart-streams-"));
try {
  await main(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
