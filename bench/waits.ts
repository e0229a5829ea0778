/** `node bench/waits.ts`: what a person waits for: start, demo, import, restart after a crash, accounts of a database. Printed only. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { controlSocket } from "../src/config/index.ts";
import { DOMAIN, listener, mustLoad, sendCommand, writeConfig } from "../test/support/edge.ts";
import { accountsToml, PJSIP_TABLES, pjsipPhones } from "../test/support/realtime.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    import: { type: "string", default: "10000" },
    accounts: { type: "string", default: "100000" },
  },
});
const ROUNDS = Number(values.rounds);
const PROGRAM = join(import.meta.dirname, "../bin/rempart");
const UDP = listener("udp", "127.0.0.1:0");

const folder = mkdtempSync(join(tmpdir(), "rempart-bench-waits-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const csv = join(folder, "accounts.csv");
let sites = 0;

/** Passwords, not hashes: the dearer of the two forms. */
function writePasswords(count: number): void {
  const rows = Array.from({ length: count }, (_, i) => `phone-${i}-x,${DOMAIN},secret-${i}-Wq7#mT`);
  writeFileSync(csv, `user,domain,password\n${rows.join("\n")}\n`);
}

/** A configuration of its own, with a state that is empty. */
function newSite(listen = UDP): string {
  const site = join(folder, `site${++sites}`);
  mkdirSync(site);
  return writeConfig(site, { domain: DOMAIN, listen });
}

/** Runs a command to its end, which must be a good one; gives the ms it took. */
async function run(...words: readonly string[]): Promise<number> {
  const began = performance.now();
  const [code] = (await once(spawn(PROGRAM, words, { stdio: ["ignore", "ignore", "inherit"] }), "close")) as [number];
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}`);
  return performance.now() - began;
}

interface Started {
  readonly child: ChildProcess;
  /** Until it has shown its screen. */
  readonly ms: number;
}

async function start(config: string): Promise<Started> {
  const began = performance.now();
  const child = spawn(PROGRAM, ["run", "--config", config, "-o", "json"], { stdio: ["ignore", "pipe", "inherit"] });
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "close").then(() => Promise.reject(new Error("it did not start"))),
  ]);
  return { child, ms: performance.now() - began };
}

async function end({ child }: Started, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  const over = once(child, "close");
  child.kill(signal);
  await over;
}

async function startAndStop(): Promise<number> {
  const daemon = await start(newSite());
  await end(daemon);
  return daemon.ms;
}

async function importBeside(): Promise<number> {
  const config = newSite();
  const daemon = await start(config);
  const ms = await run("account", "import", csv, "--config", config);
  await end(daemon);
  return ms;
}

async function startAfterCrash(): Promise<number> {
  const config = newSite();
  await run("account", "import", csv, "--config", config);
  await end(await start(config), "SIGKILL");
  const again = await start(config);
  await end(again);
  return again.ms;
}

/** Of the control socket, while accounts are loaded, ms. */
let longestAnswer = 0;

/** The phones of an Asterisk's database: until the last of them is known. */
async function startWithForeign(url: string, count: number): Promise<number> {
  const config = newSite(`${UDP}${accountsToml(url, "pjsip")}`);
  const began = performance.now();
  const daemon = await start(config);
  const path = controlSocket(mustLoad(config));
  const known = async (): Promise<number> => {
    const asked = performance.now();
    const { accounts } = (await sendCommand(path, "status", {})) as { accounts: number };
    longestAnswer = Math.max(longestAnswer, performance.now() - asked);
    return accounts;
  };
  while ((await known()) < count) await sleep(20);
  const ms = performance.now() - began;
  await end(daemon);
  return ms;
}

function newDatabase(count: number): string {
  const file = join(folder, "realtime.db");
  const db = new DatabaseSync(file);
  for (const statement of [...PJSIP_TABLES, ...pjsipPhones(count)]) db.exec(statement);
  db.close();
  return `sqlite:${file}`;
}

/** Tells the median and the best of some rounds, beside what is wanted. */
async function row(name: string, wanted: number, once: () => Promise<number>): Promise<void> {
  const all: number[] = [];
  for (let i = 0; i < ROUNDS; i++) all.push(await once());
  all.sort((a, b) => a - b);
  const [median, best] = [all[ROUNDS >> 1], all[0]].map(Math.round);
  const verdict = median < wanted ? "" : "  SHORT";
  process.stdout.write(`${name.padEnd(48)} ${median} ms (best ${best}), wanted under ${wanted}${verdict}\n`);
}

writePasswords(Number(values.import));
const accounts = Number(values.accounts);
const url = newDatabase(accounts);
await row("start", 2_000, startAndStop);
await row("demo: three ladders", 5_000, () => run("demo"));
await row(`import of ${values.import} accounts`, 2_000, () => run("account", "import", csv, "--config", newSite()));
await row(`import of ${values.import} beside the daemon`, 2_000, importBeside);
await row(`start after kill -9, ${values.import} accounts`, 2_000, startAfterCrash);
await row(`start with ${accounts} accounts of ps_auths (SQLite)`, 3_000, () => startWithForeign(url, accounts));
process.stdout.write(`longest answer of the control socket meanwhile       ${Math.round(longestAnswer)} ms\n`);
