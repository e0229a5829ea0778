import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Owner } from "../../test/support/owner.ts";
import { memory, runPinned, SERVER_CORE } from "../process.ts";
import type { Judged } from "./crowd-host.ts";
import { DECOY, SCANNER, UNKNOWN } from "./packets.ts";
import { ACCOUNTS, registerPhones, statusOf } from "./phones.ts";
import { bansOf, newScene, type SiteOptions, startRempart, WAYS } from "./scene.ts";
import { flood } from "./strike.ts";

export interface CrowdResult {
  /** The judge alone, after so many different sources. */
  readonly judged: readonly Judged[];
  /** Different sources that the daemon saw, MiB of the process before, at its largest and after. */
  readonly sources: number;
  readonly before: number;
  readonly largest: number;
  readonly after: number;
  /** Heap of the control thread after it, MiB. */
  readonly control: number;
  readonly book: number;
  readonly banned: number;
}

/** So many sources within a day, pressed into minutes: each sends once, and nobody sees it again. */
export async function crowd(t: Owner, o: SiteOptions & { sources: number; rate: number }): Promise<CrowdResult> {
  const host = join(import.meta.dirname, "crowd-host.ts");
  const judged = JSON.parse(await runPinned(SERVER_CORE, [process.execPath, "--expose-gc", host])) as Judged[];
  const scene = newScene(t);
  const daemon = await startRempart(t, scene, { accounts: ACCOUNTS, ...o });
  await registerPhones(scene);
  await sleep(1_000);
  const before = memory([daemon.pid]);
  let largest = before;
  const timer = setInterval(() => {
    largest = Math.max(largest, memory([daemon.pid]));
  }, 1_000);
  const seconds = o.sources / o.rate;
  const texts = [SCANNER, UNKNOWN, DECOY];
  await flood(scene, { texts, from: WAYS[4].anybody, sources: o.sources, seconds, rate: o.rate });
  clearInterval(timer);
  await sleep(3_000);
  const { shield } = await statusOf(daemon);
  const { text } = (await daemon.command("metrics")) as { text: string };
  const control = Number(/^rempart_heap_bytes\{thread="control"\} (\d+)/m.exec(text)?.[1]) / 2 ** 20;
  const banned = (await bansOf(daemon)).filter((b) => b.action === "ban").length;
  return {
    judged,
    sources: o.sources,
    before,
    largest,
    after: memory([daemon.pid]),
    control,
    book: shield.book,
    banned,
  };
}
