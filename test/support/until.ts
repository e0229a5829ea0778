import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";

/** Resolves once `holds` does; fails naming `what` after `ms`. For effects that real sockets delay. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const start = performance.now();
  while (!(await holds())) {
    const waited = performance.now() - start;
    assert.ok(waited < ms, `still not so after ${ms} ms: ${what}`);
    // Asking may cost a handshake: at first every 5 ms, later so that the asking adds a tenth to the wait, and leaves the CPU to others.
    await setTimeout(Math.min(Math.max(5, waited / 10), 50));
  }
}
