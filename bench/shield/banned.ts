import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Owner } from "../../test/support/owner.ts";
import { OPTIONS } from "./packets.ts";
import { newScene, passed, type SiteOptions, startRempart } from "./scene.ts";
import { flood } from "./strike.ts";

/** Sources that are banned one by one and send. */
const SOURCES = 256;
const FIRST = "100.64.7.0";

export interface BannedResult {
  /** Of one core: processor time of Rempart without them, and while they send. */
  readonly idle: number;
  readonly busy: number;
  readonly sent: number;
  readonly passed: number;
}

/** What it costs that banned sources send on. */
export async function banned(t: Owner, o: SiteOptions & { seconds: number; rate: number }): Promise<BannedResult> {
  const scene = newScene(t);
  const daemon = await startRempart(t, scene, { accounts: 1, ...o });
  for (let i = 0; i < SOURCES; i++)
    await daemon.command("bans.add", { target: FIRST.replace(/0$/, String(i)), seconds: 3_600 });
  await sleep(2_000);
  const idle = await share(daemon.pid, () => sleep(o.seconds * 1_000));
  const before = passed(scene);
  const flooding = flood(scene, { texts: [OPTIONS], from: FIRST, sources: SOURCES, seconds: o.seconds, rate: o.rate });
  const busy = await share(daemon.pid, () => flooding);
  const { sent, seconds } = await flooding;
  return { idle, busy, sent: sent / seconds, passed: (passed(scene) - before) / seconds };
}

async function share(pid: number, during: () => Promise<unknown>): Promise<number> {
  const from = { cpu: ticks(pid), at: performance.now() };
  await during();
  return (ticks(pid) - from.cpu) / HERTZ / ((performance.now() - from.at) / 1_000);
}

const HERTZ = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Processor time of a process and its threads so far. */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [, , , , , , , , , , , user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(user) + Number(system);
}
