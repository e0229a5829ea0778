import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DOMAIN } from "../accounts.ts";
import type { Measured } from "../load.ts";
import { LOAD_CORE, runPinned } from "../process.ts";

const FOLDER = join(import.meta.dirname, "../build");
const PROGRAM = join(FOLDER, "streams");

/** What client.c reports: the figures of load.c, and what was spoken. */
export interface Heard extends Measured {
  /** Handshakes that should have taken up a session and did not. */
  readonly not_resumed: number;
  readonly spoken: string;
}

export interface Wishes {
  readonly mode: "new" | "resumed" | "keep";
  readonly over: "tcp" | "tls" | "wss";
  readonly version?: "1.2" | "1.3";
  readonly inflight: number;
}

export interface Target {
  readonly port: number;
  readonly pids: readonly number[];
  readonly seconds: number;
  readonly warmup: number;
}

/** Compiles the client; throws with the compiler's words. It needs OpenSSL's headers (Debian: libssl-dev). */
export function build(): void {
  mkdirSync(FOLDER, { recursive: true });
  const own = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".c"));
  const shared = ["text", "hist", "watch", "net"].map((name) => `../load/${name}.c`);
  const flags = ["-O2", "-Wall", "-Wextra", "-Wno-comment"];
  const libraries = ["-lssl", "-lcrypto", "-lm"];
  execFileSync("cc", [...flags, "-o", PROGRAM, ...own, ...shared, ...libraries], {
    cwd: import.meta.dirname,
    stdio: "inherit",
  });
}

function words(mode: string, w: Omit<Wishes, "mode">, t: Target): string[] {
  const all = [PROGRAM, mode, "--port", t.port, "--over", w.over, "--inflight", w.inflight, "--domain", DOMAIN];
  all.push("--seconds", t.seconds, "--warmup", t.warmup, "--watch", t.pids.join(","));
  if (w.version !== undefined) all.push("--version", w.version);
  return all.map(String);
}

/** Runs one load on its own core. */
export async function client(w: Wishes, t: Target): Promise<Heard> {
  return JSON.parse(await runPinned(LOAD_CORE, words(w.mode, w, t))) as Heard;
}

/** Opens connections, each answered once, and keeps them while `work` runs. */
export function holding<T>(over: Wishes["over"], count: number, t: Target, work: Held<T>): Promise<T> {
  return whileHeld(words("hold", { over, inflight: count }, t), work);
}

/** The same over TLS with Node's own client, which offers a post-quantum key exchange as browsers do. */
export function holdingPostQuantum<T>(count: number, t: Target, work: Held<T>): Promise<T> {
  const program = join(import.meta.dirname, "holder.ts");
  return whileHeld([process.execPath, program, String(t.port), String(count), DOMAIN], work);
}

type Held<T> = (opened: Pick<Heard, "done" | "first_error" | "spoken">) => Promise<T>;

async function whileHeld<T>(program: readonly string[], work: Held<T>): Promise<T> {
  const child = spawn("taskset", ["-c", String(LOAD_CORE), ...program], { stdio: ["pipe", "pipe", "inherit"] });
  const end = once(child, "exit");
  try {
    const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), end])) as [unknown];
    if (typeof line !== "string") throw new Error(`${program.join(" ")} ended with ${line}`);
    return await work(JSON.parse(line) as Heard);
  } finally {
    child.stdin.end();
    await end;
  }
}
