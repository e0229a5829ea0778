import { once } from "node:events";
import { join } from "node:path";
import { start } from "../../test/peers/support/programs.ts";
import { scratch } from "../../test/support/edge.ts";
import type { Owner } from "../../test/support/owner.ts";
import { until } from "../../test/support/until.ts";
import { writeKamailioDatabase } from "../accounts.ts";
import { SERVER_CORE } from "../process.ts";
import { ACCOUNTS } from "./phones.ts";
import { PORT, type Scene, WAYS } from "./scene.ts";

/** Debian's Kamailio on the scene's edge, with pike and a table of banned addresses as its default configuration has them. Gives what ends it. */
export async function startKamailio(t: Owner, scene: Scene): Promise<() => Promise<void>> {
  const folder = scratch(t);
  const database = writeKamailioDatabase(folder, ACCOUNTS, false);
  const words = [
    "kamailio",
    "-DD",
    "-f",
    join(import.meta.dirname, "../kamailio.cfg"),
    "-x",
    "fm",
    "-m",
    "2048",
    "-M",
    "64",
  ];
  words.push("-l", `udp:${WAYS[4].edge}:${PORT}`, "-A", `DBURL="sqlite:///${database}"`, "-A", "WITH_PIKE");
  const within = ["taskset", "-c", String(SERVER_CORE), ...scene.edge.within];
  const { child, said } = start(t, [...within, ...words, "-Y", folder], folder, "SIGTERM");
  const listens = (): boolean => {
    if (child.exitCode !== null) throw new Error(`kamailio ended: ${said().slice(-2_000)}`);
    return scene.edge.run(["ss", "-lun"]).includes(`${WAYS[4].edge}:${PORT}`);
  };
  await until("kamailio listens", listens, 20_000);
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  };
}
