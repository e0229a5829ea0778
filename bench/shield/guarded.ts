import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { controlSocket } from "../../src/config/index.ts";
import { startWatchProgram } from "../../test/support/child.ts";
import { mustLoad, scratch, sendCommand } from "../../test/support/edge.ts";
import type { Owner } from "../../test/support/owner.ts";
import { until } from "../../test/support/until.ts";
import { SERVER_CORE } from "../process.ts";
import { logged, startAlone } from "./alone.ts";
import { type DropResult, judge } from "./drop.ts";
import { newScene, WAYS } from "./scene.ts";
import { guess } from "./strike.ts";

/** Asterisk alone on the public address, and `rempart watch` reading its log, told to ban on UDP as fail2ban does; the same attack. */
export async function guarded(
  t: Owner,
  o: { readonly sources: number; readonly packets: number; readonly pace: number },
): Promise<DropResult> {
  const scene = newScene(t);
  const { log, etc } = await startAlone(t, scene, o.sources);
  const folder = scratch(t);
  const config = join(folder, "rempart.toml");
  writeFileSync(
    config,
    `state = "state"\nmode = "enforce"\n[log]\nlevel = "warn"\n` +
      `[watch]\nasterisk = "${etc}"\nudp_evidence = "ban"\n[[watch.log]]\npath = "${log}"\n`,
  );
  await startWatchProgram(t, config, ["taskset", "-c", String(SERVER_CORE), ...scene.edge.within]);
  const path = controlSocket(mustLoad(config));
  const isOn = async (): Promise<boolean> => {
    const { firewall } = (await sendCommand(path, "status", {})) as { firewall: { state: string } };
    return firewall.state === "on";
  };
  await until("the kernel enforces", isOn, 20_000);
  return judge(scene, await guess(scene, { from: WAYS[4].here, ...o }), logged(log));
}
