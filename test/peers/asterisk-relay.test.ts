/** `[front] register = "relay"` before real Asterisk, both configured as docs/asterisk-relay.md says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/until.ts";
import { TARGETS, titleOf } from "./support/asterisk.ts";
import { COMMON, contactsAt, fail, reached, scene } from "./support/calls.ts";
import { needsTree } from "./support/debian.ts";
import { cell, column } from "./support/matrix.ts";
import { startSite } from "./support/site.ts";

const PAGE = { page: "asterisk-relay.md", users: [] };

const register = scene(async ({ site, pbx, phone, bindings }) => {
  const bob = await phone("bob-phone");
  for (const expires of [3600, 120]) {
    const answer = await bob.register(expires);
    assert.equal(answer.status, 200);
    assert.equal(answer.text.match(/^Contact: /gm)?.length, 1);
    assert.ok(answer.text.includes(`Contact: <${bob.contact}>`), "he sees his own contact");
    const [held, ...more] = await contactsAt(pbx, site, "bob-phone");
    assert.match(held, new RegExp(`^sip:bob-phone~[\\w-]{12}@${site.edge.inside}`));
    assert.deepEqual(more, []);
    const own = (await bindings()).filter((b) => b.aor.startsWith("bob-phone@"));
    assert.deepEqual(
      own.map((b) => b.contact),
      [bob.contact],
    );
  }
  const wrong = async (): Promise<number> => {
    const { counters } = (await site.edge.daemon.command("status")) as { counters: { wrongPassword: number } };
    return counters.wrongPassword;
  };
  assert.equal(await wrong(), 0, "nobody has guessed");
  const guesser = await site.phone("bob-phone", { password: "guessed" });
  assert.equal((await guesser.register()).status, site.target.driver === "pjsip" ? 401 : 403);
  assert.equal(await wrong(), 1);
  assert.equal((await bob.unregister()).status, 200);
  await until("Asterisk has nobody", async () => (await contactsAt(pbx, site, "bob-phone")).length === 0);
  assert.deepEqual(
    (await bindings()).filter((b) => b.aor.startsWith("bob-phone@")),
    [],
  );
});

const byPath = scene(async ({ site, pbx, phone }) => {
  const bob = await phone("bob-phone");
  assert.deepEqual(await contactsAt(pbx, site, "bob-phone"), [bob.contact]);
  const answer = await bob.register();
  assert.deepEqual(
    [answer.text.includes(`Contact: <${bob.contact}>`), /^Path:/m.test(answer.text)],
    [true, false],
    "he need not know how",
  );
});

for (const target of TARGETS) {
  column({ mode: "relay", target }, (t) => startSite(t, { ...PAGE, target }), { register, ...COMMON });

  cell({ mode: "relay", scenario: "failover", target }, async (t) => {
    const site = await startSite(t, { ...PAGE, target, count: 2, trace: false });
    const { survivor, bob } = await fail(site);
    assert.equal((await bob.register()).status, 200, "phones do so in their time");
    await reached(site, survivor, bob);
  });

  // Asterisk 16 loses the Path of a contact that PJSIP_DIAL_CONTACTS names.
  if (target.version < 22) continue;
  test(
    `relay, ${titleOf(target)}, contact = "path": Asterisk has the phone's own contact, and calls it through Rempart`,
    needsTree(),
    async (t) => {
      const site = await startSite(t, { ...PAGE, target, front: 'contact = "path"\n' });
      await byPath(site, t);
      await COMMON["from-asterisk"](site, t);
      await COMMON.phone(site, t);
      await COMMON.transfer(site, t);
    },
  );
}
