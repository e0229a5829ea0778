import { setTimeout as sleep } from "node:timers/promises";
import { type Cell, measure, median, type Plan, registerAll } from "./cells.ts";
import type { Measured } from "./load.ts";
import { memory, quiet } from "./process.ts";
import { ROWS, type Row } from "./rows.ts";
import { bare, type Contender, rempart, type Server } from "./servers.ts";

/** A row at half its top rate, offered whatever the server does. */
export interface HalfRate extends Measured {
  readonly row: string;
  readonly server: string;
  readonly offered: number;
  /** A bare C echo of as many datagrams per second on the same core, right after: what this machine does to anybody's p99. */
  readonly control: Measured;
}

/** Seconds until the compiler has seen all there is to do, and the queue of that time is gone. */
const WARM = 8;

/** Half of the median top rate, open loop, on the servers that were measured before; latency from when each exchange was due. */
export async function halfRates(
  folder: string,
  rows: readonly Row[],
  contenders: readonly Contender[],
  cells: readonly Cell[],
  plan: Plan,
): Promise<HalfRate[]> {
  const found: HalfRate[] = [];
  const echo = await bare(folder, "c").start();
  const options = ROWS.find((r) => r.mode === "options") as Row;
  for (const contender of contenders) {
    const server = await contender.start();
    await registerAll(server, plan.accounts);
    for (const row of rows) {
      const top = median(cells, row.name, contender.name);
      if (top === undefined) continue;
      const offered = Math.round(top.rate / 2);
      const measured = await measure(row, server, plan, { rate: offered, seconds: 2 * plan.seconds, warmup: WARM });
      const rate = (offered * row.datagrams) / options.datagrams;
      const control = await measure(
        options,
        echo,
        { ...plan, patience: 0 },
        { rate, raw: true, seconds: 2 * plan.seconds },
      );
      found.push({ ...measured, row: row.name, server: contender.name, offered, control });
    }
    await server.stop();
  }
  await echo.stop();
  return found;
}

/** What many bindings cost: memory in MiB, and rates beside those of the same program with few. */
export interface Crowd {
  readonly bindings: number;
  /** With all accounts and no binding, after all have registered, and after a restart that restored them. */
  readonly idle: number;
  readonly registered: number;
  readonly restored: number;
  /** Registrations per second while they came. */
  readonly rate: number;
  readonly rates: readonly CrowdRate[];
}

interface CrowdRate {
  readonly row: string;
  readonly few: Measured;
  /** The same accounts as before, then all of them in turn. */
  readonly many: Measured;
  readonly all: Measured;
}

/** Loads a Rempart with few bindings, gives it many, starts it again, and loads it in the same way. */
export async function crowd(folder: string, rows: readonly Row[], plan: Plan, bindings: number): Promise<Crowd> {
  const contender = await rempart(folder, "batch", bindings, "rempart-crowd");
  const wide = { ...plan, accounts: bindings };
  let server = await contender.start();
  await sleep(5_000);
  const idle = memory(server.pids);
  await registerAll(server, plan.accounts);
  const few = await rates(rows, server, plan);
  await server.stop();
  server = await contender.start();
  const { rate } = await registerAll(server, bindings);
  await sleep(5_000);
  const registered = memory(server.pids);
  await server.stop();
  server = await contender.start();
  await sleep(5_000);
  const restored = memory(server.pids);
  // Phones are where they registered from: the generator's callee is a new one.
  await registerAll(server, bindings);
  const many = await rates(rows, server, plan);
  const all = await rates(rows, server, wide);
  await server.stop();
  const table = rows.map((row, i) => ({ row: row.name, few: few[i], many: many[i], all: all[i] }));
  return { bindings, idle, registered, restored, rate, rates: table };
}

/** Two passes; the first grows the heap to what the load needs, and is not counted. */
async function rates(rows: readonly Row[], server: Server, plan: Plan): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const row of rows) await measure(row, server, plan);
  // What was registered before is being written: that is another figure.
  await quiet();
  for (const row of rows) measured.push(await measure(row, server, plan));
  return measured;
}

/** Memory of a Rempart that was just started and left alone for 5 s, MiB. */
export async function idleMemory(folder: string, accounts: number): Promise<number> {
  const contender = await rempart(folder, "batch", accounts, `rempart-idle-${accounts}`);
  const server = await contender.start();
  await sleep(5_000);
  const idle = memory(server.pids);
  await server.stop();
  return idle;
}

export interface Soak extends Measured {
  readonly offered: number;
  /** Memory in MiB at every tenth of the time, the start first. */
  readonly memory: readonly number[];
}

/** Calls with digest at half the top rate for `minutes`: of the rate that was found before, or of what this moment gives. */
export async function soak(
  contender: Contender,
  row: Row,
  cells: readonly Cell[],
  plan: Plan,
  minutes: number,
): Promise<Soak> {
  const server = await contender.start();
  await registerAll(server, plan.accounts);
  const top = median(cells, row.name, contender.name) ?? (await measure(row, server, plan));
  const offered = Math.round(top.rate / 2);
  const seconds = Math.round(minutes * 60);
  const samples: number[] = [];
  // The first minute of work grows the heap to what the work needs: what has to be flat is the rest.
  const timer = setInterval(() => samples.push(memory(server.pids)), seconds * 100);
  const measured = await measure(row, server, { ...plan, patience: 0 }, { rate: offered, seconds, warmup: WARM });
  clearInterval(timer);
  samples.push(memory(server.pids));
  await server.stop();
  return { ...measured, offered, memory: samples };
}
