import type { Owner } from "../../test/support/owner.ts";
import { ACCOUNTS } from "./phones.ts";
import { bySource, newScene, type Scene, type SiteOptions, startRempart, WAYS } from "./scene.ts";
import { type Guesser, guess } from "./strike.ts";

/** The sixth wrong password decides. */
const DECIDING = 6;

export interface DropResult {
  readonly sources: number;
  /** ms from the sixth wrong password to the first that the kernel kept out, or, by the edge, was not answered; sorted. */
  readonly kernel: readonly number[];
  readonly edge: readonly number[];
  /** Sources that the kernel still let through at the end, and those that were still answered. */
  readonly kernelLeaks: number;
  readonly edgeLeaks: number;
}

export interface DropOptions extends SiteOptions {
  readonly sources: number;
  readonly packets: number;
  readonly family?: 4 | 6;
}

/** Sources guess passwords one after the other, a packet each 0.5 ms, until long after they should be cut off. */
export async function drop(t: Owner, o: DropOptions): Promise<DropResult> {
  const scene = newScene(t);
  await startRempart(t, scene, { accounts: Math.max(ACCOUNTS, o.sources), ...o });
  const family = o.family ?? 4;
  const asked = { from: WAYS[family].here, sources: o.sources, packets: o.packets, pace: 500, family };
  return judge(scene, await guess(scene, asked));
}

/** When each source was cut off, as the kernel and as the source itself saw it. `decided`: by source, ms after the deciding packet from when time counts. */
export function judge(
  scene: Scene,
  guessers: readonly Guesser[],
  decided: (g: Guesser) => number = () => 0,
): DropResult {
  const seen = bySource(scene, "seen");
  const kernel: number[] = [];
  const edge: number[] = [];
  let kernelLeaks = 0;
  let edgeLeaks = 0;
  for (const g of guessers) {
    // One more was let through: the first, which had no password yet.
    const first = cutOff(g, (seen.get(g.source) ?? 0) - 1);
    if (first === undefined) kernelLeaks++;
    else kernel.push(first - decided(g));
    const silent = cutOff(g, g.answers);
    if (silent === undefined) edgeLeaks++;
    else edge.push(silent - decided(g));
  }
  const order = (a: number, b: number): number => a - b;
  return { sources: guessers.length, kernel: kernel.sort(order), edge: edge.sort(order), kernelLeaks, edgeLeaks };
}

/** When the first packet after those `through` left, in ms after the deciding one; undefined: all got through. */
function cutOff(g: Guesser, through: number): number | undefined {
  const at = g.sent[Math.max(through, DECIDING)];
  return at === undefined ? undefined : at / 1_000;
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
