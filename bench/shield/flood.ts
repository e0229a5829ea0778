import { setTimeout as sleep } from "node:timers/promises";
import type { Daemon } from "../../test/support/child.ts";
import type { Owner } from "../../test/support/owner.ts";
import { startKamailio } from "./kamailio.ts";
import { FLOODS } from "./packets.ts";
import { ACCOUNTS, registerPhones, type Service, serve, statusOf } from "./phones.ts";
import { bansOf, newScene, passed, type Scene, startRempart, WAYS } from "./scene.ts";
import { flood } from "./strike.ts";

export type Defender = "observe" | "edge" | "kernel" | "kamailio";
export const DEFENDERS: Readonly<Record<Defender, string>> = {
  observe: "Rempart, observe",
  edge: "Rempart, the edge alone",
  kernel: "Rempart with the kernel",
  kamailio: "Kamailio with pike",
};

type Kind = keyof typeof FLOODS;

export interface FloodCell {
  readonly defender: Defender;
  readonly kind: Kind | "none";
  readonly sources: number;
  /** Packets per second that were sent, and that were let through to the server. */
  readonly sent: number;
  readonly passed: number;
  readonly services: readonly Service[];
  /** Sources that were banned: all were forged. */
  readonly banned: number;
}

export interface FloodOptions {
  readonly defenders: readonly Defender[];
  readonly kinds: readonly Kind[];
  readonly sources: readonly number[];
  readonly seconds: number;
  /** Packets per second; none: as many as can be. */
  readonly rate?: number;
}

/** Seconds of calls before the first is measured. */
const WARM = 4;

/** Honest people work while somebody sends all that he can. */
export async function floods(t: Owner, o: FloodOptions, say: (cell: FloodCell) => void): Promise<FloodCell[]> {
  const cells: FloodCell[] = [];
  for (const defender of o.defenders) {
    const scene = newScene(t);
    const { daemon, stop } = await startDefender(t, scene, defender);
    await registerPhones(scene);
    // What is measured has worked before: its code is compiled.
    await serve(scene, WARM);
    const add = async (kind: Kind | "none", sources: number): Promise<void> => {
      cells.push(await cell(scene, daemon, defender, kind, sources, o));
      say(cells[cells.length - 1]);
      await sleep(500);
    };
    await add("none", 0);
    for (const kind of o.kinds) for (const sources of o.sources) await add(kind, sources);
    await stop();
  }
  return cells;
}

async function startDefender(
  t: Owner,
  scene: Scene,
  defender: Defender,
): Promise<{ daemon: Daemon | undefined; stop(): Promise<void> }> {
  if (defender === "kamailio") return { daemon: undefined, stop: await startKamailio(t, scene) };
  const mode = defender === "observe" ? "observe" : "enforce";
  const daemon = await startRempart(t, scene, { mode, kernel: defender === "kernel", accounts: ACCOUNTS });
  return { daemon, stop: () => daemon.kill("SIGTERM") };
}

async function cell(
  scene: Scene,
  daemon: Daemon | undefined,
  defender: Defender,
  kind: Kind | "none",
  sources: number,
  o: FloodOptions,
): Promise<FloodCell> {
  const before = passed(scene);
  const attack =
    kind === "none"
      ? undefined
      : flood(scene, {
          texts: [FLOODS[kind]],
          from: WAYS[4].anybody,
          sources,
          // It begins before those who are measured, and ends after them.
          seconds: o.seconds + 1,
          ...(o.rate === undefined ? {} : { rate: o.rate }),
        });
  const services = await serve(scene, o.seconds);
  const flooded = await attack;
  // It has to live still, and says so.
  if (daemon !== undefined) await statusOf(daemon);
  const bans = daemon === undefined ? [] : await bansOf(daemon);
  return {
    defender,
    kind,
    sources,
    sent: flooded === undefined ? 0 : flooded.sent / flooded.seconds,
    passed: (passed(scene) - before) / (flooded?.seconds ?? o.seconds),
    services,
    banned: bans.filter((b) => b.action === "ban").length,
  };
}
