/** What two series of times say about each other. */
export interface Difference {
  /** Median of the second less that of the first. */
  readonly ms: number;
  /** Mann-Whitney's U as a normal deviate: how far the order of the samples is from chance. */
  readonly z: number;
}

/**
 * Mann-Whitney's rank test of two series. Ranks, not means: one slow answer on a busy line moves a mean, and no rank by much.
 */
export function compare(a: readonly number[], b: readonly number[]): Difference {
  const all = [...a.map((value) => ({ value, isB: false })), ...b.map((value) => ({ value, isB: true }))];
  all.sort((x, y) => x.value - y.value);
  let rankSum = 0;
  let ties = 0;
  for (let i = 0; i < all.length; ) {
    let end = i;
    while (end < all.length && all[end].value === all[i].value) end++;
    const rank = (i + 1 + end) / 2;
    for (let k = i; k < end; k++) if (all[k].isB) rankSum += rank;
    ties += (end - i) ** 3 - (end - i);
    i = end;
  }
  const n = all.length;
  const u = rankSum - (b.length * (b.length + 1)) / 2;
  const mean = (a.length * b.length) / 2;
  const variance = ((a.length * b.length) / 12) * (n + 1 - ties / Math.max(1, n * (n - 1)));
  return { ms: median(b) - median(a), z: variance === 0 ? 0 : (u - mean) / Math.sqrt(variance) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const half = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Chance gives a deviate this far from 0 once in 16,000 series. */
const SURE = 4;
/** What nobody can use over a network is not told. */
const USABLE_MS = 1.5;

/** Whether a difference is sure, and large enough for an attacker to use. */
export function tells(d: Difference): boolean {
  return Math.abs(d.z) >= SURE && Math.abs(d.ms) >= USABLE_MS;
}
