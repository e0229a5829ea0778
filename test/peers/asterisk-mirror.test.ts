/** `[front] register = "mirror"` before real Asterisk, both configured as docs/asterisk-mirror.md says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { TARGETS, titleOf } from "./support/asterisk.ts";
import { COMMON, contactsAt, ECHO, fail, reached, scene, USERS } from "./support/calls.ts";
import { needsTree } from "./support/debian.ts";
import { cell, column } from "./support/matrix.ts";
import { type Site, startSite } from "./support/site.ts";

const PAGE = { page: "asterisk-mirror.md", users: USERS };

/** What Rempart says of those that it keeps registered there. */
async function mirrored(site: Site): Promise<{ readonly registered: number; readonly refused: number }> {
  const status = (await site.edge.daemon.command("status")) as { mirror: { registered: number; refused: number } };
  return status.mirror;
}

const register = scene(async ({ site, pbx, phone, bindings }) => {
  const bob = await phone("bob-phone");
  const there = async (): Promise<boolean> => (await contactsAt(pbx, site, "bob-phone")).length === 1;
  assert.deepEqual(await contactsAt(pbx, site, "bob-phone"), [`sip:bob-phone@${site.edge.inside}`]);
  assert.equal((await bob.register(120)).status, 200);
  assert.deepEqual(
    (await bindings()).map((b) => b.contact),
    [bob.contact],
  );
  const second = await phone("bob-phone");
  assert.equal((await bob.unregister()).status, 200);
  assert.equal((await second.fetch()).text.match(/^Contact: /gm)?.length, 1);
  assert.ok(await there(), "his other phone is still here");
  assert.equal((await second.unregister()).status, 200);
  await until("Asterisk has nobody", async () => (await contactsAt(pbx, site, "bob-phone")).length === 0);
  const { refused } = await mirrored(site);
  assert.equal(refused, 0);
  await until("one to come and one to go", () => pbx.received("REGISTER").length >= 2);
  assert.equal(pbx.received("REGISTER").length, 2);
});

const asked = scene(async ({ site, pbx, phone }) => {
  const alice = await phone("alice-phone");
  await until("both are in the log", () => pbx.received("REGISTER").length > 1);
  const registers = pbx.received("REGISTER");
  assert.deepEqual(
    registers.map((m) => /^Authorization: Digest .*realm="pbx\.example\.org"/m.test(m)),
    [false, true],
  );
  await until("it is counted", async () => (await mirrored(site)).registered === 1);
  assert.equal((await mirrored(site)).refused, 0);
  // PJSIP asks for calls as well: the page says that many phones cannot answer both.
  if (site.target.driver === "pjsip") return;
  const call = alice.call(ECHO);
  assert.equal((await call.final).status, 200);
  assert.equal((await call.request("BYE")).status, 200);
});

for (const target of TARGETS) {
  column({ mode: "mirror", target }, (t) => startSite(t, { ...PAGE, target }), { register, ...COMMON });

  cell({ mode: "mirror", scenario: "failover", target }, async (t) => {
    const site = await startSite(t, { ...PAGE, target, count: 2, trace: false });
    const { survivor, bob } = await fail(site);
    await reached(site, survivor, bob);
  });

  test(`mirror, ${titleOf(target)}: it asks for passwords, in the realm of the accounts`, needsTree(), async (t) => {
    const site = await startSite(t, { ...PAGE, target, variant: "passwords" });
    await asked(site, t);
  });
}
