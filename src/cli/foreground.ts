import { flushCompileCache } from "node:module";
import { isTrouble, type Trouble } from "../base/index.ts";
import type { Hold, holdState } from "../store/index.ts";

/** How long a start waits for a command that works on the store, in ms. */
const HELD = 2_000;

/** Whatever keeps a daemon from starting, nothing runs: that is one exit code for a supervisor. */
export const REFUSED = (): number => 2;

/** A daemon of ours. */
interface Running {
  reload(): void;
  stop(): Promise<void>;
}

/** Starts a daemon that has its state folder for itself, and stops it on a signal. */
export async function inForeground<T extends Running>(
  state: string,
  hold: typeof holdState,
  start: () => Promise<T | Trouble>,
): Promise<T | Trouble> {
  const held = hold(state, true, HELD);
  if (isTrouble(held)) return held;
  const running = await start();
  if (isTrouble(running)) {
    held.release();
    return running;
  }
  stopOnSignal(running, held);
  // A daemon may live for months and then be killed: what was compiled is kept now.
  setImmediate(flushCompileCache);
  return running;
}

/** The first signal stops cleanly, the second one at once. */
function stopOnSignal(running: Running, hold: Hold): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    running.stop().then(
      () => {
        hold.release();
        process.exit(0);
      },
      () => process.exit(1),
    );
  };
  // Certificates and the file of events: the configuration is read at a start.
  process.on("SIGHUP", () => running.reload());
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
