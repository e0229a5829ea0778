import type { Clock } from "../base/index.ts";

/** The machine's clocks. */
export function systemClock(): Clock {
  return { now: () => performance.now(), wall: () => Date.now() };
}
