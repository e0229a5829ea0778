import assert from "node:assert/strict";
import { test } from "node:test";
import { order } from "./order.ts";
import type { Server } from "./plan.ts";

const server = (name: string, group: number, priority: number, weight: number): Server => ({
  group,
  priority,
  weight,
  transport: "udp",
  port: 5060,
  addresses: [name],
});
const hosts = (servers: readonly Server[], pick: (most: number) => number): string =>
  order(servers, pick)
    .map((p) => p.host)
    .join(" ");

const THREE = [server("a", 0, 1, 10), server("b", 0, 1, 30), server("zero", 0, 1, 0)];
/** What the random numbers are, in turn. */
const DRAWS: readonly [string, readonly Server[], readonly number[], string][] = [
  ["by group, then priority", [server("c", 1, 0, 0), server("b", 0, 2, 0), server("a", 0, 1, 0)], [0, 0, 0], "a b c"],
  ["2782: a draw of 0 takes one of weight 0", THREE, [0, 0, 0], "zero a b"],
  ["2782: up to its own weight", THREE, [10, 0, 0], "a zero b"],
  ["2782: above that the next", THREE, [11, 10, 0], "b a zero"],
  ["2782: the sum itself is the last", THREE, [40, 10, 0], "b a zero"],
];
for (const [name, servers, draws, expected] of DRAWS) {
  test(name, () => {
    const left = [...draws];
    assert.equal(
      hosts(servers, () => left.shift() ?? 0),
      expected,
    );
  });
}

test("2782: over many draws each is first in its share, and all are there each time", () => {
  let n = 0;
  const pick = (most: number): number => (n++ * 7_919) % (most + 1);
  const first = new Map<string, number>();
  for (let i = 0; i < 4_100; i++) {
    const found = hosts(THREE, pick).split(" ");
    assert.equal(new Set(found).size, 3);
    first.set(found[0], (first.get(found[0]) ?? 0) + 1);
  }
  const [a, b] = [first.get("a") ?? 0, first.get("b") ?? 0];
  assert.ok(b > 2 * a && a > 500, JSON.stringify([...first]));
});

test("every address of a server, before the next server", () => {
  const servers = [{ ...server("", 0, 0, 0), addresses: ["x", "y"] }, server("z", 0, 1, 0)];
  assert.equal(
    hosts(servers, () => 0),
    "x y z",
  );
});
