import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { LoopMonitor } from "./loop.ts";

test("a thread that was busy for 300 ms has let others wait so long; one that was not has not", async () => {
  const loop = new LoopMonitor();
  assert.deepEqual(loop.read(), { p50: 0, p99: 0, max: 0 });
  await setTimeout(600);
  for (const end = performance.now() + 300; performance.now() < end; );
  await setTimeout(600);
  const { p50, max } = loop.read();
  assert.ok(max > 200 && max < 5_000, `${max} ms`);
  assert.ok(p50 < 100, `${p50} ms`);
  assert.deepEqual(loop.read().max, max, "the same within a second");
});
