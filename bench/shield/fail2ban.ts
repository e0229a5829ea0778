import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "../../test/peers/support/programs.ts";
import { scratch } from "../../test/support/edge.ts";
import type { Owner } from "../../test/support/owner.ts";
import { until } from "../../test/support/until.ts";
import { logged, startAlone } from "./alone.ts";
import { type DropResult, judge } from "./drop.ts";
import { newScene, type Scene, WAYS } from "./scene.ts";
import { guess } from "./strike.ts";

/** Who guesses before the others, so that it has begun. */
const WARM = "198.18.250.1";

export function isFail2banHere(): boolean {
  return existsSync("/usr/bin/fail2ban-server");
}

/** Asterisk alone on the public address, and fail2ban reading its log with Debian's own filter and nftables action; the same attack. */
export async function fail2ban(
  t: Owner,
  o: { readonly sources: number; readonly packets: number; readonly pace: number },
): Promise<DropResult> {
  const scene = newScene(t);
  const { log } = await startAlone(t, scene, o.sources);
  const status = await startFail2ban(t, scene, log);
  // It begins to read up to 20 s after it says so.
  await guess(scene, { from: WARM, sources: 1, packets: 3, pace: o.pace });
  await until("fail2ban reads what is written", () => /Total failed:\s+[1-9]/.test(status()), 60_000);
  return judge(scene, await guess(scene, { from: WAYS[4].here, ...o }), logged(log));
}

/** Returns how to ask for the state of its jail. */
async function startFail2ban(t: Owner, scene: Scene, log: string): Promise<() => string> {
  const folder = scratch(t);
  const config = join(folder, "etc");
  cpSync("/etc/fail2ban", config, { recursive: true });
  mkdirSync(join(folder, "run"));
  const ways = `socket = ${folder}/run/socket\npidfile = ${folder}/run/pid\ndbfile = None\nlogtarget = ${folder}/log`;
  writeFileSync(join(config, "fail2ban.local"), `[DEFAULT]\n${ways}\n`);
  writeFileSync(
    join(config, "jail.local"),
    // As many wrong passwords as Rempart takes, each of which it counts twice (NOTICE and SECURITY); all else is Debian's.
    `[sshd]\nenabled = false\n[asterisk]\nenabled = true\nlogpath = ${log}\nmaxretry = 12\nbanaction = nftables-multiport\n`,
  );
  const client = ["fail2ban-client", "-c", config, "-s", `${folder}/run/socket`];
  const words = [
    "fail2ban-server",
    "-f",
    "-c",
    config,
    "-s",
    `${folder}/run/socket`,
    "-p",
    `${folder}/run/pid`,
    "start",
  ];
  const { child, said } = start(t, [...scene.edge.within, ...words], folder, "SIGTERM");
  const status = (): string => {
    if (child.exitCode !== null) throw new Error(`fail2ban ended: ${said()}`);
    try {
      return execFileSync(client[0], [...client.slice(1), "status", "asterisk"], { encoding: "utf8", stdio: "pipe" });
    } catch {
      return "";
    }
  };
  await until("fail2ban has Asterisk's log", () => status().includes(log), 30_000);
  return status;
}
