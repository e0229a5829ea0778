import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";

/** Resolves once `holds` does, asked every 5 ms; fails naming `what` after `ms`. For effects that real sockets delay. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `still not so after ${ms} ms: ${what}`);
    await setTimeout(5);
  }
}
