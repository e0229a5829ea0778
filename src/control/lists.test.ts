import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseCidr } from "../base/index.ts";
import type { ToEdge } from "../edge/index.ts";
import type { ListDefinition } from "../lists/index.ts";
import { makeLogger } from "../observe/index.ts";
import { ListsKeeper } from "./lists.ts";

test("who enforces elsewhere is told the blocks of enforced lists, without those of the never-list, whenever either changes", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rempart-lists-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "bad.txt");
  writeFileSync(file, "203.0.113.0/30\n198.51.100.7\n");
  const list = (name: string, mode: "enforce" | "observe"): ListDefinition => ({
    name,
    file,
    url: "",
    format: undefined,
    refresh: 3_600,
    headerFile: "",
    insecure: false,
    takesPrivate: false,
    mode,
  });
  const edge: ToEdge[] = [];
  const lists = [list("one", "enforce"), list("two", "observe")];
  const settings = { lists, country: undefined, folder };
  const keeper = new ListsKeeper(settings, (message) => edge.push(message), makeLogger("error"));
  t.after(() => keeper.stop());
  const told: unknown[] = [];
  keeper.setTold((name, blocks) => told.push([name, ...blocks]));
  keeper.setEnforcing(true);
  keeper.setNever([]);
  assert.deepEqual([edge, told], [[], []], "nobody is told before all is known");
  keeper.setStanding([["192.0.2.1", "anna@pbx.example.org", 1]]);
  await keeper.open();
  assert.deepEqual(told.splice(0), [["one", "198.51.100.7", "203.0.113.0/30"]]);
  keeper.setNever([parseCidr("203.0.113.1") ?? assert.fail()]);
  assert.deepEqual(told.splice(0), [["one", "198.51.100.7", "203.0.113.0", "203.0.113.2/31"]]);
  writeFileSync(file, "203.0.113.0\n");
  await keeper.refresh("one");
  assert.deepEqual(told.splice(0), [["one", "203.0.113.0"]]);
  keeper.setEnforcing(false);
  assert.deepEqual(told.splice(0), [["one"]], "the site only observes");
  keeper.setEnforcing(true);
  assert.deepEqual(told.splice(0), [["one", "203.0.113.0"]]);
  keeper.addStanding("192.0.2.1");
  keeper.addStanding("192.0.2.2");
  keeper.setStanding([["192.0.2.2", "anna@pbx.example.org", 1]]);
  assert.deepEqual(
    edge.filter((m) => m.kind === "standing").map(({ put, removed }) => [put, removed]),
    [
      [["192.0.2.1"], []],
      [["192.0.2.2"], []],
      [[], ["192.0.2.1"]],
    ],
  );
});
