/** Floods with forged sources, and how soon who is proved to attack is cut off. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { build } from "../../bench/load.ts";
import { drop } from "../../bench/shield/drop.ts";
import { floods } from "../../bench/shield/flood.ts";
import { restore } from "../../bench/shield/restore.ts";
import { buildStrike } from "../../bench/shield/strike.ts";
import { needsNetworks } from "./support/networks.ts";
import { needs } from "./support/programs.ts";

const networks = needsNetworks();
const skip = networks.skip === false ? needs("cc", "gcc").skip : networks.skip;
const options = { skip, timeout: 90_000 };

before(() => {
  if (skip !== false) return;
  build();
  buildStrike();
});

const KINDS = ["options", "register", "invite", "garbage"] as const;

// What a busy machine can send is no measure; 3,000 packets a second are, and every one of them reaches the edge alone.
test(
  "a flood from 1 and from 50,000 forged sources: phones and trunk work, no source is banned",
  options,
  async (t) => {
    const o = { defenders: ["edge"], kinds: KINDS, sources: [1, 50_000], seconds: 2, rate: 3_000 } as const;
    const cells = await floods(t, o, () => {});
    assert.equal(cells.length, 9);
    for (const { kind, sources, sent, services, banned } of cells) {
      const what = `${kind} from ${sources} sources`;
      if (kind !== "none") assert.ok(sent > 200, `${what}: ${sent}/s`);
      for (const s of services) assert.deepEqual([s.failed, s.firstError], [0, ""], `${what}: ${s.kind}`);
      assert.equal(banned, 0, what);
    }
  },
);

test("a flood as fast as can be: with the kernel phones and trunk work", options, async (t) => {
  const o = { defenders: ["kernel"], kinds: KINDS, sources: [1, 50_000], seconds: 2 } as const;
  for (const { kind, sources, services, banned } of await floods(t, o, () => {})) {
    const what = `${kind} from ${sources} sources`;
    for (const s of services) assert.deepEqual([s.failed, s.firstError], [0, ""], `${what}: ${s.kind}`);
    assert.equal(banned, 0, what);
  }
});

for (const family of [4, 6] as const) {
  test(
    `from the sixth wrong password to silence, IPv${family}: within seconds, for every source`,
    options,
    async (t) => {
      const r = await drop(t, { sources: 5, packets: 2_000, family, kernel: true });
      assert.equal(r.edgeLeaks, 0, "nobody is answered any more");
      assert.ok(r.edge[r.edge.length - 1] < 1_000, `${r.edge} ms`);
      assert.equal(r.kernelLeaks, 0, "nobody is let through any more");
      assert.ok(r.kernel[r.kernel.length - 1] < 1_000, `${r.kernel} ms`);
    },
  );
}

test("100,000 bans are in force from the first packet on after a start", options, async (t) => {
  const r = await restore(t, { bans: 100_000, kernel: true });
  assert.equal(r.answers, 0);
  assert.ok(r.withBans < 10_000, `${r.withBans} ms`);
  assert.ok(r.kernel !== undefined && r.kernel < 8_000, `dropped by the kernel after ${r.kernel} ms`);
});
