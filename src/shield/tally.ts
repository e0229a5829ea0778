import type { Limit } from "../base/index.ts";

/** What was seen of late, oldest first. No longer than the largest count that anybody asks for. */
export interface Tally {
  readonly at: number[];
  /** What each was, where only different ones count; empty where each counts. */
  readonly of: string[];
}

export function newTally(): Tally {
  return { at: [], of: [] };
}

/** Adds `times` sightings, or, with a value, one of that value: seen before, it is only seen again. Keeps the latest `most`. */
export function note(tally: Tally, now: number, most: number, times: number, value: string | undefined): void {
  if (value !== undefined) {
    const seen = tally.of.indexOf(value);
    if (seen >= 0) {
      tally.of.splice(seen, 1);
      tally.at.splice(seen, 1);
    }
    tally.of.push(value);
    tally.at.push(now);
  } else for (let i = Math.min(times, most); i > 0; i--) tally.at.push(now);
  const over = tally.at.length - most;
  if (over > 0) {
    tally.at.splice(0, over);
    tally.of.splice(0, over);
  }
}

/** The first limit that is reached. The number before `now` is exact, for at most as many are kept as the largest limit counts. */
export function reached(tally: Tally, now: number, limits: readonly Limit[]): Limit | undefined {
  return limits.find(({ count, within }) => {
    const first = tally.at.length - count;
    return first >= 0 && now - tally.at[first] < within;
  });
}
