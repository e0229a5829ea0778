/** Packets of attackers with the address of a trunk and of offices on them: what comes from an address over UDP proves nothing. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { build } from "../../bench/load.ts";
import { forged } from "../../bench/shield/forged.ts";
import { buildStrike } from "../../bench/shield/strike.ts";
import { needsNetworks } from "./support/networks.ts";
import { needs } from "./support/programs.ts";

const networks = needsNetworks();
const skip = networks.skip === false ? needs("cc", "gcc").skip : networks.skip;

before(() => {
  if (skip !== false) return;
  build();
  buildStrike();
});

test("forged in the name of a trunk and of registered offices: they work as ever", {
  skip,
  timeout: 60_000,
}, async (t) => {
  const r = await forged(t, { seconds: 5, rate: 200, kernel: true });
  assert.ok(r.sent > 3_000, `${r.sent} forged packets`);
  for (const { kind, done, failed, firstError } of r.services) {
    assert.ok(done > 100, `${done} ${kind}`);
    assert.equal(failed, 0, `${kind}: ${firstError}`);
  }
  assert.deepEqual(r.wrongly, []);
});
