import type { Clock } from "../base/index.ts";

/** The machine's clocks, read once per batch of packets: reading them costs more than many a stage. */
export interface ReadClock extends Clock {
  /** Looks at the clocks again. */
  read(): void;
}

/** Clocks that stand still between two `read`s; the thread reads them at each tick (10 ms) and after each batch. */
export function systemClock(): ReadClock {
  // Whole milliseconds: a fraction would be an object on the heap wherever it is kept.
  let now = Math.floor(performance.now());
  let wall = Date.now();
  return {
    now: () => now,
    wall: () => wall,
    read() {
      now = Math.floor(performance.now());
      wall = Date.now();
    },
  };
}
