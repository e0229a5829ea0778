import { setTimeout as sleep } from "node:timers/promises";

/** How much may be sent, and how fast. */
export interface Pace {
  /** Packets sent so far; what connects counts as one. */
  readonly sent: number;
  /** Ends everything: what waits rejects, nothing more is sent. */
  readonly signal: AbortSignal;
  /** Resolves when one more packet may be sent; rejects when the budget is spent or the run was interrupted. */
  take(): Promise<void>;
  /** Counts one that could not wait: the answer to a request of theirs, the end of a call. */
  note(): void;
}

/** The reasons why a run ends early, as they are told. */
export const INTERRUPTED = "interrupted";

/** `packets` in all, at most `rate` in a second, evenly spaced. */
export function newPace(packets: number, rate: number, outer: AbortSignal): Pace {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Error(INTERRUPTED));
  if (outer.aborted) interrupt();
  else outer.addEventListener("abort", interrupt, { once: true });
  const gap = 1_000 / rate;
  let sent = 0;
  let next = 0;
  return {
    get sent() {
      return sent;
    },
    signal: stop.signal,
    async take() {
      if (sent >= packets) stop.abort(new Error(`the budget of ${packets} packets is spent (--packets)`));
      stop.signal.throwIfAborted();
      sent++;
      const now = performance.now();
      const at = Math.max(now, next);
      next = at + gap;
      if (at > now) await pause(at - now, stop.signal);
    },
    note() {
      sent++;
    },
  };
}

/** Waits; rejects with the reason when the run ends meanwhile. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  // The timer says only that it was aborted; the reason is the signal's.
  await sleep(Math.ceil(ms), undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** True when `done` settles within `ms`; rejects with the reason when the run ends meanwhile. */
export async function within(done: Promise<unknown>, ms: number, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  const end = (): void => reject(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  done.then(
    () => resolve(true),
    () => resolve(true),
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}
