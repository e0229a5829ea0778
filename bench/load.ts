import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DOMAIN } from "./accounts.ts";
import { LOAD_CORE, runPinned } from "./process.ts";

const SOURCE = join(import.meta.dirname, "load");
const FOLDER = join(import.meta.dirname, "build");
export const PROGRAM = join(FOLDER, "load");

/** Everything that one run of the generator counts; times in ms, rates per second. load/load.h says what is what. */
export interface Measured {
  readonly rate: number;
  readonly done: number;
  readonly lost: number;
  readonly errors: number;
  readonly retransmitted: number;
  readonly late: number;
  readonly unacked: number;
  readonly overflow: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Seconds of processor time of the server, and of the generator per second. */
  readonly server_cpu: number;
  readonly own_cpu: number;
  /** Of everything else on the machine, per second. */
  readonly others_cpu: number;
  /** The part of it that the host of this machine gave to other machines. */
  readonly stolen: number;
  readonly seconds: number;
  readonly first_error: string;
}

export interface LoadOptions {
  readonly mode: "options" | "register" | "call";
  readonly port: number;
  readonly calleePort: number;
  readonly callerPort: number;
  readonly pids: readonly number[];
  readonly accounts: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly inflight?: number;
  /** Exchanges per second offered whatever the server does; none: closed loop. */
  readonly rate?: number;
  readonly algorithm?: "MD5" | "SHA-256";
  readonly digest?: boolean;
  readonly once?: boolean;
  readonly raw?: boolean;
  /** Where the server is, where the load is, and where those are that it calls; loopback. */
  readonly at?: string;
  readonly own?: string;
  readonly callee?: string;
  /** Its first account. */
  readonly skip?: number;
  /** Words before those of the generator, to run it elsewhere. */
  readonly within?: readonly string[];
}

/** Compiles the generator; throws with the compiler's words. */
export function build(): void {
  mkdirSync(FOLDER, { recursive: true });
  const files = readdirSync(SOURCE).filter((name) => name.endsWith(".c"));
  const flags = ["-O2", "-Wall", "-Wextra", "-Wno-comment"];
  execFileSync("cc", [...flags, "-o", PROGRAM, ...files, "-lm"], { cwd: SOURCE, stdio: "inherit" });
}

/** Runs the generator on its own core. */
export async function load(o: LoadOptions): Promise<Measured> {
  const words = [
    ...(o.within ?? []),
    PROGRAM,
    o.mode,
    "--to",
    o.port,
    "--callee-port",
    o.calleePort,
    "--caller-port",
    o.callerPort,
  ];
  words.push("--domain", DOMAIN, "--accounts", o.accounts, "--seconds", o.seconds, "--warmup", o.warmup);
  words.push("--watch", o.pids.join(","), "--algorithm", o.algorithm ?? "MD5");
  words.push("--inflight", o.inflight ?? (o.rate === undefined ? 64 : 16_384));
  if (o.rate !== undefined) words.push("--rate", o.rate);
  if (o.digest) words.push("--digest");
  if (o.once) words.push("--once");
  if (o.raw) words.push("--raw");
  if (o.at !== undefined) words.push("--at", o.at);
  if (o.own !== undefined) words.push("--own", o.own);
  if (o.callee !== undefined) words.push("--callee", o.callee);
  if (o.skip !== undefined) words.push("--skip", o.skip);
  return JSON.parse(await runPinned(LOAD_CORE, words.map(String))) as Measured;
}
