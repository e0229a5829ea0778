/** kill -9 while phones register: nothing corrupt, back in under 2 s, at most the last second lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { isTrouble } from "../src/base/index.ts";
import { openPhone, type Softphone } from "../src/demo/index.ts";
import { openStore } from "../src/store/index.ts";
import { type Daemon, startDaemon } from "./support/child.ts";
import { addUsers, DOMAIN, listener, mustLoad, PASSWORD, scratch, writeConfig } from "./support/edge.ts";
import { freePort } from "./support/port.ts";

const USERS = 400;

interface Row {
  readonly aor: string;
}

async function registered(daemon: Daemon): Promise<Set<string>> {
  const rows = (await daemon.command("registrations.list", {})) as Row[];
  return new Set(rows.map((r) => r.aor));
}

test("kill -9 under registration load", { timeout: 60_000 }, async (t) => {
  const folder = scratch(t);
  const port = await freePort();
  const config = writeConfig(folder, { listen: listener("udp", `127.0.0.1:${port}`) });
  const users = Array.from({ length: USERS }, (_, i) => `phone-${i}`);
  await addUsers(mustLoad(config), users);
  const first = await startDaemon(t, config);
  const edge = { host: "127.0.0.1", port };
  const phones: Softphone[] = [];
  t.after(() => Promise.all(phones.map((p) => p.close())));
  for (const user of users) {
    phones.push(await openPhone({ name: user, user, domain: DOMAIN, password: PASSWORD, edge, t1: 200 }));
  }

  // About 150 a second until the process is gone; who was answered when?
  const answered = new Map<string, number>();
  let over = false;
  const load = (async () => {
    for (const phone of phones) {
      if (over) return;
      phone.register().then(
        (m) => m.status === 200 && answered.set(`${phone.name}@${DOMAIN}`, performance.now()),
        () => {},
      );
      await setTimeout(6);
    }
  })();
  await setTimeout(2_200);
  // A call that is under way when it happens.
  const [talker, hearer] = [phones[0], phones[1]];
  const call = talker.call(hearer.aor);
  assert.equal((await call.final).status, 200);
  await hearer.calls[0].confirmed;
  const killed = performance.now();
  await first.kill("SIGKILL");
  over = true;
  await load;
  assert.ok(answered.size > 100, `load: ${answered.size} registrations were answered`);

  const second = await startDaemon(t, config);
  const kept = await registered(second);
  const owed = [...answered].filter(([, at]) => at < killed - 1_000).map(([aor]) => aor);
  assert.ok(owed.length > 50, `owed: ${owed.length}`);
  assert.deepEqual(
    owed.filter((aor) => !kept.has(aor)),
    [],
    "registrations older than a second are lost",
  );

  // And it serves: a registered phone is called, by the way it came from before the crash.
  const caller = phones.find((p) => kept.has(`${p.name}@${DOMAIN}`));
  const callee = phones.findLast((p) => p !== caller && kept.has(`${p.name}@${DOMAIN}`));
  assert.ok(caller !== undefined && callee !== undefined);
  assert.equal((await caller.call(callee.aor).final).status, 200);
  assert.equal((await hearer.calls[0].request("BYE")).status, 200, "the call from before can be hung up");
  assert.equal(call.over, true);
  await second.kill("SIGTERM");
  const store = await openStore(`${folder}/state`, { busyMs: 2_000 });
  assert.ok(!isTrouble(store));
  assert.equal(await store.checkIntegrity(), undefined);
  await store.close();
});
