import { type LoadOptions, load, type Measured } from "./load.ts";
import { freePort, memory, quiet } from "./process.ts";
import type { Row } from "./rows.ts";
import type { Contender, Server } from "./servers.ts";

/** One row measured on one server. */
export interface Cell extends Measured {
  readonly row: string;
  readonly server: string;
  /** Of the server right after it, MiB. */
  readonly memory: number;
}

export interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly accounts: number;
  /** How often a cell that somebody else's work disturbed is measured again. */
  readonly patience: number;
}

/** Cores that others may use, or a closed loop may leave idle, before a cell counts as disturbed. */
export const DISTURBED = 0.1;

/**
 * How much of a core was not the server's. In a closed loop there is always something for it to do; time that nobody is seen to
 * use was lost where this machine cannot look. In an open loop it is the p99 that suffers, and 1 % of the time stolen is all of it.
 */
export function disturbance(m: Measured, closed: boolean): number {
  return Math.max(m.others_cpu, closed ? 1 - m.server_cpu / m.seconds : (m.stolen / 0.01) * DISTURBED);
}

/** Loads a started server with one row; again, once the machine is quiet, when others had a hand in it. The best try counts. */
export async function measure(
  row: Row,
  server: Server,
  plan: Plan,
  more: Partial<LoadOptions> = {},
): Promise<Measured> {
  let best: Measured | undefined;
  for (let i = 0; i <= plan.patience; i++) {
    if (plan.patience > 0) await quiet();
    const measured = await once(row, server, plan, more);
    const closed = more.rate === undefined;
    if (best === undefined || disturbance(measured, closed) < disturbance(best, closed)) best = measured;
    if (disturbance(best, closed) < DISTURBED) break;
  }
  return best as Measured;
}

async function once(row: Row, server: Server, plan: Plan, more: Partial<LoadOptions>): Promise<Measured> {
  return load({
    mode: row.mode,
    digest: row.digest,
    algorithm: row.sha256For === undefined ? "MD5" : "SHA-256",
    port: server.port,
    calleePort: server.calleePort,
    callerPort: await freePort(),
    pids: server.pids,
    accounts: plan.accounts,
    seconds: plan.seconds,
    warmup: plan.warmup,
    ...more,
  });
}

/** Registers every account once, so that calls find all of them. */
export async function registerAll(server: Server, accounts: number): Promise<Measured> {
  const once = { port: server.port, calleePort: server.calleePort, callerPort: server.calleePort, pids: server.pids };
  const done = await load({ mode: "register", once: true, seconds: 1, warmup: 0, accounts, ...once });
  if (done.done !== accounts) throw new Error(`only ${done.done} of ${accounts} registered: ${done.first_error}`);
  return done;
}

/** Whether this row can be asked of this server. */
export function fits(row: Row, contender: Contender): boolean {
  if (contender.bare) return row.bare;
  if (contender.only !== undefined) return contender.only.includes(row.name);
  return row.sha256For === undefined || contender.name === "rempart-batch";
}

/**
 * Every row on every server, `rounds` times in turn: a disturbance of the machine falls on all alike. Each turn of a server
 * is a fresh start, so nobody is measured with the timers or the garbage of somebody else's minute running on his core.
 */
export async function matrix(
  rows: readonly Row[],
  contenders: readonly Contender[],
  plan: Plan,
  say: (cell: Cell) => void,
): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const contender of contenders) {
      const server = await contender.start();
      if (!contender.bare) await registerAll(server, plan.accounts);
      for (const row of rows.filter((r) => fits(r, contender))) {
        const measured = await measure(
          row,
          server,
          plan,
          contender.bare && row.mode === "options" ? { raw: true } : {},
        );
        const cell = { ...measured, row: row.name, server: contender.name, memory: memory(server.pids) };
        cells.push(cell);
        say(cell);
      }
      await server.stop();
    }
  }
  return cells;
}

/** The round with the median rate; undefined when the row was not measured there. */
export function median(cells: readonly Cell[], row: string, server: string): Cell | undefined {
  const found = cells.filter((c) => c.row === row && c.server === server).sort((a, b) => a.rate - b.rate);
  return found[found.length >> 1];
}
