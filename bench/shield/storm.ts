import { join } from "node:path";
import type { Owner } from "../../test/support/owner.ts";
import { DOMAIN, userOf } from "../accounts.ts";
import { LOAD_CORE, runPinned } from "../process.ts";
import { AT, type Ban, bansOf, newScene, PORT, type SiteOptions, startRempart, WAYS } from "./scene.ts";

export interface StormOptions extends SiteOptions {
  /** Phones with their passwords, and with those of last year. */
  readonly good: number;
  readonly bad: number;
  readonly seconds: number;
  /** Seconds between two registrations of one phone, about. */
  readonly pause: number;
}

/** What the office saw. */
export interface Stormed {
  /** Registrations of good phones that succeeded, and that did not. */
  readonly registered: number;
  readonly failed: number;
  /** Of phones with old passwords. */
  readonly tries: number;
  readonly refused: readonly string[];
  /** What a good phone waited for its 200, ms. */
  readonly p99: number;
}

export interface StormResult extends Stormed {
  /** What is held against the office as a whole, or against a phone with its password. */
  readonly wrongly: readonly Ban[];
  /** Accounts with an old password that are named. */
  readonly named: number;
}

/** An office behind one address comes back after a power cut, and some of its phones never had the new password. */
export async function storm(t: Owner, o: StormOptions): Promise<StormResult> {
  const scene = newScene(t);
  const daemon = await startRempart(t, scene, { accounts: o.good + o.bad, ...o });
  const seen = new Map<string, Ban>();
  // A mute lasts a minute: whoever only looks at the end misses those before.
  const look = async (): Promise<void> => {
    for (const ban of await bansOf(daemon)) seen.set(`${ban.source} ${ban.account} ${ban.action}`, ban);
  };
  const timer = setInterval(() => void look().catch(() => {}), 5_000);
  try {
    const asked = JSON.stringify({ ...o, local: AT.office, host: WAYS[4].edge, port: PORT });
    const host = join(import.meta.dirname, "storm-host.ts");
    const words = [...scene.internet.within, process.execPath, "--max-old-space-size=1024", host, asked];
    const stormed = JSON.parse(await runPinned(LOAD_CORE, words)) as Stormed;
    await look();
    const old = new Set(Array.from({ length: o.bad }, (_, i) => `${userOf(i)}@${DOMAIN}`));
    const all = [...seen.values()];
    const isRight = (ban: Ban): boolean => old.has(ban.account) && ban.action !== "ban";
    const named = new Set(all.filter((ban) => isRight(ban) && ban.source === AT.office).map((ban) => ban.account));
    return { ...stormed, wrongly: all.filter((ban) => !isRight(ban)), named: named.size };
  } finally {
    clearInterval(timer);
  }
}
