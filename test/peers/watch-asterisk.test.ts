/** What real Asterisks tell of those who attack them, in their log and by the manager interface. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { followFile, followManager, type ManagerEvent } from "../../src/follow/index.ts";
import type { Fact } from "../../src/shield/index.ts";
import { AsteriskLog, Attempts, LineCutter, ManagerLog } from "../../src/watch/index.ts";
import { until } from "../support/until.ts";
import { TARGETS, titleOf } from "./support/asterisk.ts";
import { AT, type Attacked, attack, SECRET, startAttacked } from "./support/attacked.ts";
import { needsTree } from "./support/debian.ts";

const options = { ...needsTree(), timeout: 90_000 };

interface Watch {
  readonly byLog: Fact[];
  readonly byManager: Fact[];
  /** Both as of one phone system. */
  readonly together: Fact[];
  readonly troubles: string[];
  readonly events: ManagerEvent[];
  settle(): void;
}

async function watch(t: TestContext, o: Attacked): Promise<Watch> {
  const [byLog, byManager, together]: [Fact[], Fact[], Fact[]] = [[], [], []];
  const attempts = new Attempts((fact) => together.push(fact));
  const logs = [new AsteriskLog((fact) => byLog.push(fact), { live: true }), new AsteriskLog(attempts, { live: true })];
  const managers = [new ManagerLog((fact) => byManager.push(fact)), new ManagerLog(attempts)];
  const cutter = new LineCutter();
  const troubles: string[] = [];
  const onTrouble = (trouble: { readonly code: string } | undefined): void => void troubles.push(trouble?.code ?? "");
  const take = (line: string): void => {
    for (const log of logs) log.take(line, Date.now());
  };
  const file = followFile(o.log, { from: "end" }, { onBytes: (piece) => cutter.push(piece, take), onTrouble });
  const events: ManagerEvent[] = [];
  const access = { host: "127.0.0.1", port: o.manager, user: "watcher", secret: SECRET };
  const manager = followManager(
    access,
    (event) => {
      events.push(event);
      for (const each of managers) each.take(event, Date.now());
    },
    onTrouble,
  );
  t.after(() => Promise.all([file.stop(), manager.stop()]));
  await until("both follow", () => o.pbx.log().includes('Service="AMI"') && file.at() !== undefined);
  await setTimeout(500);
  const settle = (): void => {
    for (const each of [...logs, ...managers]) each.flush();
  };
  return { byLog, byManager, together, troubles, events, settle };
}

/** Failures laid to an address: "kind account" and whether proved. */
function failures(facts: readonly Fact[], address: string): string[] {
  const all = facts.filter((fact) => fact.address === address && fact.kind !== "success");
  return all.map((fact) => `${fact.kind} ${fact.account}${fact.proved ? " proved" : ""}`);
}

for (const target of TARGETS) {
  test(`${titleOf(target)}: every attack is laid to whom it is from, once, by log and manager`, options, async (t) => {
    const o = await startAttacked(t, target);
    const seen = await watch(t, o);
    await attack(t, o);
    await until("the last one is seen by both", () =>
      [seen.byLog, seen.byManager].every((all) => all.some((fact) => fact.address === AT.iaxRight)),
    );
    seen.settle();
    const isPjsip = target.driver === "pjsip";
    for (const facts of [seen.byLog, seen.byManager, seen.together]) {
      const of = (name: keyof typeof AT): string[] => failures(facts, AT[name]);
      assert.deepEqual(of("wrongPassword"), [`wrongPassword 100${isPjsip ? "" : " proved"}`]);
      assert.deepEqual(of("inventedNonce"), isPjsip ? ["wrongPassword 100"] : [], "an invented nonce proves nothing");
      assert.deepEqual(of("nonceUser"), ["wrongPassword 100"], "nor does one that was given to another address");
      assert.deepEqual(of("tcp"), ["wrongPassword 100 proved"]);
      assert.deepEqual(of("acl"), ["wrongPassword 101", "wrongPassword 101"], "two requests");
      assert.deepEqual(of("unknownUser").length, isPjsip ? 3 : 1);
      assert.deepEqual([...of("challenge"), ...of("scanner"), ...of("nonceTaker"), ...of("honest")], []);
      assert.deepEqual(of("manager"), ["wrongPassword watcher proved"]);
      assert.deepEqual(of("managerUnknown"), ["unknownUser root proved"]);
      assert.deepEqual(of("managerAcl"), ["wrongPassword far proved"]);
      assert.ok(facts.some((fact) => fact.kind === "success" && fact.address === AT.honest && fact.account === "100"));
      assert.ok(facts.some((fact) => fact.kind === "success" && fact.address === AT.iaxRight));
      const known: readonly string[] = Object.values(AT);
      const foreign = facts.filter((fact) => !known.includes(fact.address) && fact.address !== "127.0.0.1");
      assert.deepEqual(foreign, [], "nothing is laid to an address that a caller has written");
    }
    assert.deepEqual(failures(seen.byLog, AT.iax), ["wrongPassword fax"], "IAX2 has no security events");
    assert.deepEqual(seen.troubles, []);
    const names = new Set(seen.events.map((event) => event.get("Event")));
    for (const name of ["ChallengeSent", "SuccessfulAuth", "FailedACL", "InvalidPassword"])
      assert.ok(names.has(name), name);
    assert.ok(!names.has("Newchannel") && !names.has("VarSet"), `only what was asked for: ${[...names]}`);
  });
}

test(
  "Asterisk 22: a wrong password of ours, and an address that its lists refuse, are told in words",
  options,
  async (t) => {
    const o = await startAttacked(t, TARGETS[0]);
    for (const [user, secret] of [
      ["watcher", "wrong"],
      ["far", SECRET],
    ]) {
      const told: string[] = [];
      const access = { host: "127.0.0.1", port: o.manager, user, secret };
      const manager = followManager(
        access,
        () => {},
        (trouble) => void told.push(trouble?.what ?? ""),
      );
      t.after(() => manager.stop());
      await until("it is told", () => told.length === 1);
      assert.match(told[0], new RegExp(`refuses the login of ${user}: Authentication failed`));
      await manager.stop();
    }
    assert.equal(o.pbx.log().match(/NOTICE.*failed to authenticate as/g)?.length, 2, "each once");
  },
);
