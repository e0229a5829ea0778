import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { isTrouble } from "../base/index.ts";
import type { TrunkConfig } from "../config/index.ts";
import { openStore } from "../store/index.ts";
import { openTrunks } from "./index.ts";
import type { TrunkChange, Trunks } from "./types.ts";

const root = mkdtempSync(`${tmpdir()}/rempart-trunks-`);
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

async function fresh(configured: readonly TrunkConfig[] = [], folder = `${root}/${++folders}`) {
  const store = await openStore(folder, { busyMs: 1_000 });
  if (isTrouble(store)) assert.fail(store.what);
  const changes: TrunkChange[] = [];
  const trunks = openTrunks(
    store,
    configured,
    () => 1,
    (change) => changes.push(change),
  );
  return { folder, changes, trunks, close: () => store.close() };
}

const fixed = (name: string): TrunkConfig => ({ name, addresses: ["198.51.100.1"], transport: "", fromDomain: "" });

async function origins(trunks: Trunks): Promise<string[]> {
  const list = await trunks.list();
  assert.ok(!isTrouble(list));
  return list.map((t) => `${t.name} ${t.origin}`);
}

test("changes are told once they are stored, in their one spelling", async () => {
  const { trunks, changes, close } = await fresh();
  await trunks.add({ name: "a", addresses: ["203.0.113.9/28", "::ffff:192.0.2.1"], fromDomain: "X.example" });
  await trunks.add({ name: "a", addresses: ["192.0.2.2"] });
  await trunks.remove("b");
  await trunks.remove("a");
  const a = { name: "a", addresses: ["203.0.113.0/28", "192.0.2.1"], transport: "", fromDomain: "x.example" };
  assert.deepEqual(changes, [
    { put: [a], removed: [] },
    { put: [], removed: ["a"] },
  ]);
  await close();
});

test("a stored trunk whose name the configuration takes later is hidden, and can still be removed without a change", async () => {
  const before = await fresh();
  await before.trunks.add({ name: "a", addresses: ["203.0.113.1"] });
  await before.close();
  const { trunks, changes, close } = await fresh([fixed("a")], before.folder);
  assert.deepEqual(await origins(trunks), ["a configuration", "a hidden"]);
  assert.deepEqual(await trunks.target("a", undefined), {
    name: "a",
    transport: "udp",
    host: "198.51.100.1",
    port: 5060,
  });
  assert.deepEqual(await trunks.remove("a"), { name: "a" });
  assert.deepEqual(await origins(trunks), ["a configuration"]);
  assert.deepEqual(changes, [], "the one in use is as it was");
  await close();
});

const TARGETS: [to: string | undefined, expected: string][] = [
  [undefined, "2001:db8::1 5060"],
  ["203.0.113.3", "203.0.113.3 5060"],
  ["203.0.113.3:5080", "203.0.113.3 5080"],
  ["[2001:db8::1]:5080", "2001:db8::1 5080"],
  ["203.0.113.16", "TRUNK_TARGET"],
  ["203.0.113.3:0", "TRUNK_TARGET"],
  ["203.0.113.3:65536", "TRUNK_TARGET"],
  ["carrier.example", "TRUNK_TARGET"],
];
test("where a trunk is asked: one of its addresses, or the first single one", async () => {
  const { trunks, close } = await fresh();
  await trunks.add({ name: "a", addresses: ["203.0.113.0/28", "2001:db8::1"] });
  for (const [to, expected] of TARGETS) {
    const found = await trunks.target("a", to);
    assert.equal(isTrouble(found) ? found.code : `${found.host} ${found.port}`, expected, to);
  }
  await trunks.add({ name: "blocks", addresses: ["203.0.113.0/28"] });
  const none = await trunks.target("blocks", undefined);
  assert.ok(isTrouble(none) && none.code === "TRUNK_TARGET");
  await close();
});
