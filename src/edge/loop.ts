import { monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds between two looks of the monitor, which are in what it measures. */
const RESOLUTION = 10;
/** Milliseconds after which it begins anew. */
const SPAN = 1_000;

/** Milliseconds that something had to wait for the thread. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How long a thread lets what is due wait. Measured from the first question on, about the last second or more. */
export class LoopMonitor {
  #histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #read: LoopDelay = { p50: 0, p99: 0, max: 0 };
  #since = 0;

  read(): LoopDelay {
    const now = performance.now();
    if (this.#histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
      this.#histogram.enable();
      this.#since = now;
    } else if (now - this.#since >= SPAN && this.#histogram.count > 0) {
      const h = this.#histogram;
      this.#read = { p50: waited(h.percentile(50)), p99: waited(h.percentile(99)), max: waited(h.max) };
      h.reset();
      this.#since = now;
    }
    return this.#read;
  }
}

function waited(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds / 10_000) / 100 - RESOLUTION);
}
