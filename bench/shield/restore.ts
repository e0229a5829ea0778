import assert from "node:assert/strict";
import { join } from "node:path";
import { isTrouble } from "../../src/base/index.ts";
import { openStore } from "../../src/store/index.ts";
import { scratch } from "../../test/support/edge.ts";
import type { Owner } from "../../test/support/owner.ts";
import { LOAD_CORE, SERVER_CORE } from "../process.ts";
import { OPTIONS } from "./packets.ts";
import { bySource, importAccounts, newScene, type SiteOptions, startRempart, writeSite } from "./scene.ts";
import { flood } from "./strike.ts";

/** Packets per second of the one who sends from before the start on. */
const RATE = 500;

export interface RestoreResult {
  readonly bans: number;
  /** ms from its start to its first line, with no ban and with all of them. */
  readonly without: number;
  readonly withBans: number;
  /** Answers that a banned source got from the first packet on. */
  readonly answers: number;
  /** ms from the start until the kernel kept him out; undefined: it did not. */
  readonly kernel: number | undefined;
}

/** Starts on an empty store, and on one with so many bans; one of the banned sends from before the second start on. */
export async function restore(t: Owner, o: SiteOptions & { bans: number }): Promise<RestoreResult> {
  const scene = newScene(t);
  const folder = scratch(t);
  importAccounts(folder, writeSite(folder, o), 10);
  const start = async (): Promise<{ took: number; stop(): Promise<void> }> => {
    const from = performance.now();
    // Nobody calls yet: threads and helper start side by side, as they do on a machine that is not measured.
    const cores = `${LOAD_CORE},${SERVER_CORE}`;
    const daemon = await startRempart(t, scene, { ...o, folder, cores });
    return { took: performance.now() - from, stop: () => daemon.kill("SIGTERM") };
  };
  // The first start compiles what the second finds compiled.
  await (await start()).stop();
  const empty = await start();
  await empty.stop();
  const last = await fill(join(folder, "state"), o.bans);
  const attack = flood(scene, { texts: [OPTIONS], from: last, sources: 1, seconds: 8, rate: RATE });
  const full = await start();
  const { sent } = await attack;
  const through = bySource(scene, "seen").get(last) ?? 0;
  // What it answers goes to a machine that has that address, which counts it.
  const answers = bySource(scene, "got").get(last) ?? 0;
  await full.stop();
  const kernel = through >= sent ? undefined : (through / RATE) * 1_000;
  return { bans: o.bans, without: empty.took, withBans: full.took, answers, kernel };
}

/** Puts bans into a state, as the shield would have; gives the last of the sources. */
async function fill(state: string, count: number): Promise<string> {
  const store = await openStore(state, { busyMs: 2_000 });
  assert.ok(!isTrouble(store), JSON.stringify(store));
  const since = Date.now();
  const until = since + 86_400_000;
  const about = {
    account: "",
    device: "",
    enforced: true,
    reason: "wrong-password",
    because: "6 in 10 min",
    strike: 1,
  };
  const bans = Array.from({ length: count }, (_, i) => {
    const source = `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
    return { source, ...about, origin: "shield" as const, since, until, evidence: "[]" };
  });
  assert.equal(await store.saveBans(bans, []), undefined);
  await store.close();
  return bans[count - 1].source;
}
