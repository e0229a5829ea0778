import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { SERVER_CORE } from "../process.ts";
import { REMPART } from "./side-by-side.ts";

/** MiB at most, and seconds. */
export interface Memory {
  readonly peak: number;
  readonly seconds: number;
}

const TICKS = 100;

/** `watch regex` on a large log. */
export async function regexLarge(log: string): Promise<Memory> {
  const [program = "", ...words] = REMPART;
  const began = performance.now();
  const child = run([program, ...words, log]);
  let peak = 0;
  const ended = once(child, "exit");
  const timer = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid ?? 0));
  }, 20);
  await ended;
  clearInterval(timer);
  return { peak, seconds: (performance.now() - began) / 1_000 };
}

/** The follower of the guard, from the beginning of a large log to its end. */
export async function followLarge(log: string): Promise<Memory> {
  const { size } = statSync(log);
  const began = performance.now();
  const child = follower(log);
  await untilRead(child, size);
  const seconds = (performance.now() - began) / 1_000;
  const peak = peakOf(child.pid ?? 0);
  child.kill();
  await once(child, "exit");
  return { peak, seconds };
}

/** Part of a core that the follower uses while nothing is logged. */
export async function idle(log: string, seconds: number): Promise<number> {
  const child = follower(log);
  await untilRead(child, statSync(log).size);
  await setTimeout(2_000);
  const before = ticksOf(child.pid ?? 0);
  await setTimeout(seconds * 1_000);
  const used = ticksOf(child.pid ?? 0) - before;
  child.kill();
  await once(child, "exit");
  return used / TICKS / seconds;
}

function follower(log: string): ChildProcess {
  return run([process.execPath, join(import.meta.dirname, "follower.ts"), log]);
}

function run(words: readonly string[]): ChildProcess {
  return spawn("taskset", ["-c", String(SERVER_CORE), ...words], { stdio: ["ignore", "pipe", "inherit"] });
}

async function untilRead(child: ChildProcess, size: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once("exit", (code) => reject(new Error(`the follower ended with ${code}`)));
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    if (Number(text.trim().split("\n").at(-1)) >= size) resolve();
  });
  await promise;
  child.removeAllListeners("exit");
}

/** VmHWM in MiB: of what the launcher became, too, since it is the same process. */
function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
