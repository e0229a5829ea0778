/** That the comparison with fail2ban is a fair one: it does its work, on the same attack. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fail2ban } from "../../bench/shield/fail2ban.ts";
import { buildStrike } from "../../bench/shield/strike.ts";
import { needsTree } from "./support/debian.ts";
import { needsNetworks } from "./support/networks.ts";
import { needs } from "./support/programs.ts";

const all = [
  needsNetworks().skip,
  needs("cc", "gcc").skip,
  needs("fail2ban-server", "fail2ban").skip,
  needsTree().skip,
];
const options = { skip: all.find((skip) => skip !== false) ?? false, timeout: 150_000 };

test("Asterisk alone with fail2ban: it bans who guesses passwords, after far more than six", options, async (t) => {
  buildStrike();
  // A packet each 20 ms: at the pace of the other comparison it may take it longer than a test should.
  const r = await fail2ban(t, { sources: 1, packets: 1_750, pace: 20_000 });
  assert.equal(r.kernelLeaks, 0, "it bans, and the kernel keeps him out");
  assert.ok(r.kernel[0] > 20, `${r.kernel} ms`);
});
