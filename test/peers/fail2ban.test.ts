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

test(
  "Asterisk alone with fail2ban: it bans who guesses passwords, after far more than six of them",
  options,
  async (t) => {
    buildStrike();
    // A packet each 20 ms: as fast as on our side it does not come to it for many seconds.
    const r = await fail2ban(t, { sources: 2, packets: 1_000, pace: 20_000 });
    assert.equal(r.kernelLeaks, 0, "it bans, and the kernel keeps them out");
    for (const took of r.kernel) assert.ok(took > 20 && took < 20_000, `${took} ms`);
  },
);
