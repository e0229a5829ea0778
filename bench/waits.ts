/** `node bench/waits.ts`: what a person waits for: start, demo, import, restart after a crash, accounts of a database. Printed only. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { isTrouble } from "../src/base/index.ts";
import { controlSocket } from "../src/config/index.ts";
import { helperCommand, whoWeAre } from "../src/firewall/index.ts";
import { openStore } from "../src/store/index.ts";
import { DOMAIN, type EdgeOptions, listener, mustLoad, sendCommand, writeConfig } from "../test/support/edge.ts";
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
const mayEnforce = (): boolean => !isTrouble(helperCommand(whoWeAre(), [], false));

/** Passwords, not hashes: the dearer of the two forms. */
function writePasswords(count: number): void {
  const rows = Array.from({ length: count }, (_, i) => `phone-${i}-x,${DOMAIN},secret-${i}-Wq7#mT`);
  writeFileSync(csv, `user,domain,password\n${rows.join("\n")}\n`);
}

/** A configuration of its own, with a state that is empty. */
function newSite(listen = UDP, more: EdgeOptions = {}): string {
  const site = join(folder, `site${++sites}`);
  mkdirSync(site);
  return writeConfig(site, { domain: DOMAIN, listen, ...more });
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

/** A site whose store holds so many bans. */
async function siteWithBans(count: number): Promise<string> {
  const config = newSite(UDP, { top: 'mode = "enforce"', firewall: 'table = "rempart_bench"' });
  const store = await openStore(mustLoad(config).state, { busyMs: 2_000 });
  if (isTrouble(store)) throw new Error(store.what);
  const about = {
    account: "",
    device: "",
    enforced: true,
    reason: "decoy",
    because: "1 in 1 d",
    origin: "shield",
  } as const;
  const since = Date.now();
  const bans = Array.from({ length: count }, (_, i) => {
    const source =
      i % 10 === 0
        ? `2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}::/64`
        : `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
    return { ...about, source, strike: 1, since, until: since + 86_400_000, evidence: "[]" };
  });
  const saved = await store.saveBans(bans, []);
  if (isTrouble(saved)) throw new Error(saved.what);
  await store.close();
  return config;
}

/** From the start of the process until all of them are in the kernel. */
async function startWithBans(config: string): Promise<number> {
  const began = performance.now();
  const daemon = await start(config);
  const path = controlSocket(mustLoad(config));
  for (;;) {
    const { firewall } = (await sendCommand(path, "status", {})) as {
      firewall: { state: string; trouble?: { what: string } };
    };
    if (firewall.state === "on") break;
    if (firewall.state === "off") throw new Error(`the kernel does not enforce: ${firewall.trouble?.what}`);
    await sleep(10);
  }
  const ms = performance.now() - began;
  await end(daemon);
  return ms;
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
if (mayEnforce()) {
  const banned = await siteWithBans(100_000);
  await row("start with 100000 bans, until the kernel has them", 2_000, () => startWithBans(banned));
} else process.stdout.write("start with 100000 bans: left out, it needs root and nft\n");
process.stdout.write(`longest answer of the control socket meanwhile       ${Math.round(longestAnswer)} ms\n`);
