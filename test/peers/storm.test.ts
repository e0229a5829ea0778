/** An office behind one address comes back after a power cut, and some of its phones have old passwords. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { storm } from "../../bench/shield/storm.ts";
import { needsNetworks } from "./support/networks.ts";

const options = { ...needsNetworks(), timeout: 120_000 };

test(
  "500 phones behind one address, 20 with old passwords: these are named, nobody else is touched",
  options,
  async (t) => {
    const r = await storm(t, { good: 480, bad: 20, seconds: 30, pause: 10, kernel: true });
    assert.deepEqual([r.failed, r.refused], [0, []]);
    assert.ok(r.registered >= 2 * 480, `${r.registered} registrations`);
    assert.ok(r.tries >= 6 * 20, `${r.tries} tries with old passwords`);
    assert.deepEqual(r.wrongly, []);
    assert.equal(r.named, 20);
  },
);
