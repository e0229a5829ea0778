import assert from "node:assert/strict";
import { test } from "node:test";
import { isTrouble, type Trouble } from "../base/index.ts";
import type { ForeignAccount, Store, StoredAccount, StoredBan, StoredBinding } from "./types.ts";

/** How the suite gets a store of one engine. Each `fresh()` is an empty database; `again()` opens the last one anew. */
export interface StoreMaker {
  readonly name: string;
  fresh(): Promise<Store>;
  again(): Promise<Store>;
  /** An empty database that is full after some 100 KiB. */
  small(): Promise<Store>;
}

export function account(user: string, domain = "pbx.example.org"): StoredAccount {
  return { user, domain, realm: domain, ha1: { md5: "m".repeat(32), sha256: "s".repeat(64) }, created: 1, changed: 2 };
}

export function binding(user: string, over: Partial<StoredBinding> = {}): StoredBinding {
  return {
    aor: `${user}@pbx.example.org`,
    contact: `sip:${user}@203.0.113.9:5060;ob`,
    params: ";expires=600",
    callId: "a84b4c76e66710",
    cseq: 4_294_967_295,
    expires: 1_800_000_000_000,
    q: 500,
    path: ["<sip:p1.example.org;lr>", "<sip:p2.example.org;lr>"],
    instance: "",
    regId: 0,
    userAgent: "Phone \u00e9\u00ff 1.0",
    received: "udp:203.0.113.9:5060",
    listener: 3,
    ...over,
  };
}

/** The value of a call that must succeed. */
export function good<T>(result: T | Trouble): T {
  if (isTrouble(result)) assert.fail(`${result.code}: ${result.what}`);
  return result;
}

/** The whole contract of a `Store`; every engine must pass it. */
export function storeContract(maker: StoreMaker): void {
  accountsContract(maker);
  rightsContract(maker);
  trunksContract(maker);
  foreignContract(maker);
  bindingsContract(maker);
  shieldContract(maker);
  settingsContract(maker);
  faultsContract(maker);
}

function shieldContract(maker: StoreMaker): void {
  const ban = (source: string, until: number): StoredBan => {
    const who = { source, account: "anna@pbx.example.org", device: "Old \u00e9 1.0" };
    return {
      ...who,
      enforced: true,
      reason: "scanner",
      because: "1 in 1 d: x",
      origin: "shield",
      since: 1,
      until,
      strike: 2,
    };
  };

  test(`${maker.name}: bans survive a restart, those that are over do not; evidence is read for itself`, async () => {
    const store = await maker.fresh();
    const rows = [ban("198.51.100.7", 200), ban("2001:db8::/64", 100)];
    good(
      await store.saveBans(
        rows.map((r) => ({ ...r, evidence: `["${r.source}"]` })),
        [],
      ),
    );
    good(await store.saveBans([{ ...rows[0], until: 300, evidence: '["again"]' }], [rows[1]]));
    good(await store.saveBans([{ ...rows[1], enforced: false, evidence: "[]" }], []));
    await store.close();
    const again = await maker.again();
    const bans: StoredBan[] = [];
    assert.equal(good(await again.loadBans(100, (ban) => bans.push(ban))), 1);
    assert.deepEqual(bans, [{ ...rows[0], until: 300 }]);
    assert.equal(good(await again.evidenceOf(rows[0])), '["again"]');
    assert.equal(good(await again.evidenceOf(rows[1])), "", "deleted, for it was over");
    await again.close();
  });

  test(`${maker.name}: many bans come back each once, whatever others were deleted between them`, async () => {
    const store = await maker.fresh();
    const ban = (i: number) => {
      const about = {
        account: "",
        device: "",
        enforced: true,
        reason: `"${i}"`,
        because: "it's \n so",
        origin: "shield" as const,
      };
      return { source: `source ${i}`, ...about, since: 1, until: 1_790_000_000_000 + i, strike: 1, evidence: "[]" };
    };
    const all = Array.from({ length: 5_000 }, (_, i) => ban(i));
    good(await store.saveBans(all, []));
    const gone = all.filter((_, i) => i % 3 === 0 || (i > 1_500 && i < 4_200));
    good(await store.saveBans([], gone));
    const found = new Set<string>();
    const left = all.length - gone.length;
    assert.equal(
      good(await store.loadBans(1, ({ source, reason, until }) => found.add(`${source} ${reason} ${until}`))),
      left,
    );
    assert.equal(found.size, left);
    assert.ok(found.has(`source 4999 "4999" ${1_790_000_000_000 + 4_999}`));
    await store.close();
  });

  test(`${maker.name}: standing is noted once for source and account, and forgotten with time`, async () => {
    const store = await maker.fresh();
    const at = (account: string, when: number) => ({ source: "203.0.113.9", account, at: when });
    good(await store.saveStanding([at("anna@x", 1), at("bert@x", 5)]));
    good(await store.saveStanding([at("anna@x", 9)]));
    assert.deepEqual(good(await store.loadStanding(5)), [at("anna@x", 9)]);
    await store.close();
  });
}

function foreignContract(maker: StoreMaker): void {
  test(`${maker.name}: foreign accounts survive a restart, with the hashes that they have`, async () => {
    const store = await maker.fresh();
    const foreign = (user: string, ha1: ForeignAccount["ha1"]): ForeignAccount => {
      return { user, domain: "pbx.example.org", realm: "office", ha1, changed: 3 };
    };
    const [a, b] = [
      { ...foreign("a", { md5: "1" }), login: "a-login" },
      foreign("b", { md5: "1", sha256: "2", sha512_256: "3" }),
    ];
    good(await store.saveForeign([b, a, foreign("c", {})], []));
    good(await store.saveForeign([foreign("b", { sha256: "4" })], [{ user: "c", domain: "pbx.example.org" }]));
    await store.close();
    const later = await maker.again();
    assert.deepEqual(await later.loadForeign(), [a, foreign("b", { sha256: "4" })]);
    assert.deepEqual(await later.loadForeign(undefined, 1), [a]);
    assert.deepEqual(await later.loadForeign(a, 9), [foreign("b", { sha256: "4" })]);
    assert.equal(await later.hasForeign(a), true);
    assert.equal(await later.hasForeign({ user: "a", domain: "other.example.org" }), false);
    assert.equal(await later.countAccounts(), 0, "they are none of ours");
    good(await later.clearForeign());
    assert.deepEqual(await later.loadForeign(), []);
    await later.close();
  });
}

function accountsContract(maker: StoreMaker): void {
  test(`${maker.name}: accounts survive a restart, by domain and user`, async () => {
    const store = await maker.fresh();
    const strong = { ...account("b"), ha1: { md5: "1", sha256: "2", sha512_256: "3" } };
    assert.deepEqual(await store.addAccounts([strong, account("a"), account("z", "a.example.org")]), []);
    await store.close();
    const later = await maker.again();
    assert.deepEqual(await later.loadAccounts(), [account("z", "a.example.org"), account("a"), strong]);
    assert.equal(await later.countAccounts(), 3);
    await later.close();
  });

  test(`${maker.name}: adding is all or nothing and names those that exist`, async () => {
    const store = await maker.fresh();
    assert.deepEqual(await store.addAccounts([account("anna")]), []);
    assert.deepEqual(await store.addAccounts([account("anna")]), [{ user: "anna", domain: "pbx.example.org" }]);
    const many = [account("bert"), account("anna"), account("anna", "other.example.org")];
    assert.deepEqual(await store.addAccounts(many), [{ user: "anna", domain: "pbx.example.org" }]);
    assert.equal(await store.countAccounts(), 1);
    assert.deepEqual(await store.addAccounts([]), []);
    await store.close();
  });

  test(`${maker.name}: users differ by case, domains separate them`, async () => {
    const store = await maker.fresh();
    assert.deepEqual(await store.addAccounts([account("Anna"), account("anna"), account("anna", "b.example.org")]), []);
    assert.equal(await store.removeAccount({ user: "anna", domain: "b.example.org" }), true);
    assert.equal(await store.removeAccount({ user: "anna", domain: "b.example.org" }), false);
    assert.deepEqual(
      good(await store.loadAccounts()).map((a) => a.user),
      ["Anna", "anna"],
    );
    await store.close();
  });

  test(`${maker.name}: a new password keeps the day of creation`, async () => {
    const store = await maker.fresh();
    good(await store.addAccounts([account("anna")]));
    const next = {
      ...account("anna"),
      realm: "r",
      ha1: { md5: "n", sha256: "o", sha512_256: "p" },
      created: 77,
      changed: 99,
    };
    assert.equal(await store.setPassword(next), true);
    assert.equal(await store.setPassword(account("nobody")), false);
    assert.deepEqual(await store.loadAccounts(), [{ ...next, created: 1 }]);
    await store.close();
  });

  test(`${maker.name}: 10,000 accounts in well under 2 s`, async () => {
    const store = await maker.fresh();
    const many = Array.from({ length: 10_000 }, (_, i) => account(`phone-${i}`));
    const start = performance.now();
    assert.deepEqual(await store.addAccounts(many), []);
    assert.ok(performance.now() - start < 1_000);
    assert.equal(await store.countAccounts(), 10_000);
    await store.close();
  });
}

function rightsContract(maker: StoreMaker): void {
  const anna = { user: "anna", domain: "pbx.example.org" };

  test(`${maker.name}: rights survive a restart, are replaced whole, and are gone when they say nothing`, async () => {
    const store = await maker.fresh();
    const first = { ...anna, classes: ["mobile", "premium"], acl: ["-all", "+10.0.0.0/8"], pin: "00:ff" };
    const none = { user: "bert", domain: "a.example.org", classes: [], acl: [], pin: "" };
    assert.equal(await store.setRights(first), undefined);
    assert.equal(await store.setRights(none), undefined);
    await store.close();
    const later = await maker.again();
    assert.deepEqual(await later.loadRights(), [none, first]);
    assert.deepEqual(await later.loadRights(undefined, 1), [none]);
    assert.deepEqual(await later.loadRights(none, 1), [first]);
    assert.deepEqual(await later.rightsOf(anna), first);
    assert.equal(await later.rightsOf({ ...anna, domain: "a.example.org" }), undefined);
    assert.equal(await later.hasAccount(anna), false);
    await later.setRights({ ...anna, classes: undefined, acl: [], pin: "00:ff" });
    await later.setRights({ ...none, classes: undefined });
    assert.deepEqual(await later.loadRights(), [{ ...anna, classes: undefined, acl: [], pin: "00:ff" }]);
    await later.close();
  });

  test(`${maker.name}: rights go with their account`, async () => {
    const store = await maker.fresh();
    await store.addAccounts([account("anna")]);
    assert.equal(await store.hasAccount(anna), true);
    await store.setRights({ ...anna, classes: ["premium"], acl: [], pin: "" });
    assert.equal(await store.removeAccount(anna), true);
    assert.deepEqual(await store.loadRights(), []);
    await store.close();
  });

  test(`${maker.name}: rights of an account that lives elsewhere stay when it cannot be removed here`, async () => {
    const store = await maker.fresh();
    await store.setRights({ ...anna, classes: undefined, acl: ["-all"], pin: "" });
    assert.equal(await store.removeAccount(anna), false);
    assert.deepEqual((await store.rightsOf(anna)) as unknown, { ...anna, classes: undefined, acl: ["-all"], pin: "" });
    await store.close();
  });
}

function trunksContract(maker: StoreMaker): void {
  test(`${maker.name}: trunks survive a restart, by name, and no name is taken twice`, async () => {
    const store = await maker.fresh();
    const b = {
      name: "b",
      addresses: ["192.0.2.0/24", "2001:db8::1"],
      transport: "tcp",
      fromDomain: "x.org",
      created: 5,
    };
    const a = { name: "a", addresses: ["192.0.2.1"], transport: "", fromDomain: "", created: 6 };
    assert.equal(await store.addTrunk(b), true);
    assert.equal(await store.addTrunk({ ...a, name: "b" }), false);
    assert.equal(await store.addTrunk(a), true);
    await store.close();
    const later = await maker.again();
    assert.deepEqual(await later.loadTrunks(), [a, b]);
    assert.equal(await later.removeTrunk("b"), true);
    assert.equal(await later.removeTrunk("b"), false);
    assert.deepEqual(await later.loadTrunks(), [a]);
    await later.close();
  });
}

function bindingsContract(maker: StoreMaker): void {
  test(`${maker.name}: bindings come back exactly, the dead ones do not`, async () => {
    const store = await maker.fresh();
    const odd = binding("odd", { contact: 'sip:o\'dd@[2001:db8::1]:5060;x="\u0001\u0080\u00ff"', path: [] });
    const dead = binding("dead", { expires: 1_000 });
    assert.equal(await store.saveBindings([binding("anna"), odd, dead], []), undefined);
    await store.close();
    const later = await maker.again();
    const found = good(await later.loadBindings(1_000)).sort((a, b) => a.aor.localeCompare(b.aor));
    assert.deepEqual(found, [binding("anna"), odd]);
    assert.deepEqual(good(await later.loadBindings(0)).length, 2, "the dead one is gone for good");
    await later.close();
  });

  test(`${maker.name}: a binding is its AOR, contact, instance and reg-id`, async () => {
    const store = await maker.fresh();
    const flows = [
      binding("a"),
      binding("a", { instance: "<urn:x>", regId: 1 }),
      binding("a", { instance: "<urn:x>", regId: 2 }),
    ];
    good(await store.saveBindings(flows, []));
    good(await store.saveBindings([{ ...flows[1], cseq: 9, path: [] }], [flows[0]]));
    const left = good(await store.loadBindings(0)).sort((a, b) => a.regId - b.regId);
    assert.deepEqual(left, [{ ...flows[1], cseq: 9, path: [] }, flows[2]]);
    good(await store.saveBindings([flows[2]], [flows[2], flows[1]]));
    assert.deepEqual(await store.loadBindings(0), [flows[2]], "removals come first");
    await store.close();
  });

  test(`${maker.name}: calls at once do not mix`, async () => {
    const store = await maker.fresh();
    const all = Array.from({ length: 20 }, (_, i) => binding(`user${i}`));
    await Promise.all([
      ...all.map((b) => store.saveBindings([b], [])),
      ...all.map((_, i) => store.addAccounts([account(`u${i}`), account(`v${i}`)])),
      ...all.map(() => store.setting("secret", () => "once")),
    ]);
    assert.equal(good(await store.loadBindings(0)).length, 20);
    assert.equal(await store.countAccounts(), 40);
    await store.close();
  });
}

function settingsContract(maker: StoreMaker): void {
  test(`${maker.name}: a setting is made once and lasts`, async () => {
    const store = await maker.fresh();
    assert.equal(await store.setting("secret", () => "first"), "first");
    assert.equal(await store.setting("secret", () => "second"), "first");
    await store.close();
    const later = await maker.again();
    assert.equal(await later.setting("secret", () => "third"), "first");
    assert.equal(await later.setSetting("secret", "new"), undefined);
    assert.equal(await later.setting("secret", () => "third"), "new");
    await later.close();
  });
}

function faultsContract(maker: StoreMaker): void {
  test(`${maker.name}: a full disk stores nothing of the call, and the store goes on`, async () => {
    const store = await maker.small();
    good(await store.addAccounts([account("before")]));
    const failed = await store.addAccounts(Array.from({ length: 5_000 }, (_, i) => account(`phone-${i}`)));
    assert.ok(isTrouble(failed) && failed.code === "STORE_FULL", JSON.stringify(failed));
    assert.equal(await store.countAccounts(), 1);
    const bindings = Array.from({ length: 5_000 }, (_, i) => binding(`phone-${i}`));
    const also = await store.saveBindings(bindings, []);
    assert.ok(isTrouble(also) && also.code === "STORE_FULL", JSON.stringify(also));
    assert.deepEqual(await store.addAccounts([account("after")]), []);
    assert.equal(await store.checkIntegrity(), undefined);
    await store.close();
  });

  test(`${maker.name}: a whole database is found whole`, async () => {
    const store = await maker.fresh();
    good(await store.addAccounts([account("anna")]));
    assert.equal(await store.checkIntegrity(), undefined);
    await store.close();
  });
}
