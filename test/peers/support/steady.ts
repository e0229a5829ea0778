import { setTimeout as sleep } from "node:timers/promises";
import type { Softphone } from "../../../src/demo/index.ts";
import type { PeerEdge } from "./daemon.ts";

/** Rempart knows that this phone system is down. */
export async function isDown(edge: PeerEdge, name: string): Promise<boolean> {
  const list = (await edge.daemon.command("backends.list")) as readonly { name: string; up: boolean }[];
  return list.some((b) => b.name === name && !b.up);
}

/** Longer than any answer may take, ms. */
const PATIENCE = 5_000;

/** An attempt: when it began and how long it took until its answer, ms. */
export interface Attempt {
  readonly at: number;
  readonly status: number;
  readonly delay: number;
}

/** Calls `uri` 50 times a second, each call for half a second. `end` gives all attempts when the last is answered. */
export function callSteadily(phone: Softphone, uri: string): { end(): Promise<readonly Attempt[]> } {
  const attempts: Promise<Attempt>[] = [];
  const attempt = async (call: ReturnType<Softphone["call"]>, at: number): Promise<Attempt> => {
    // Timer C is three minutes: who waits longer than this has no answer.
    const late = sleep(PATIENCE, { status: 0 }, { ref: false });
    const { status } = await Promise.race([call.final, late]);
    const delay = performance.now() - at;
    // One that stood at the phone system that was killed is not ended by anybody.
    if (status === 200) setTimeout(() => call.request("BYE").catch(() => {}), 500).unref();
    return { at, status, delay };
  };
  const timer = setInterval(() => attempts.push(attempt(phone.call(uri), performance.now())), 20);
  return {
    end() {
      clearInterval(timer);
      return Promise.all(attempts);
    },
  };
}
