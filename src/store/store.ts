import { type Kysely, sql } from "kysely";
import type { Trouble } from "../base/index.ts";
import type { Engine } from "./engine.ts";
import { foreignAccountsOf } from "./foreign-accounts.ts";
import { addTrunk, loadRights, loadTrunks, removeTrunk, rightsOf, setRights } from "./rights.ts";
import { accountRow, BINDING_KEY, bindingKeyRow, bindingRow, readAccount, readBinding } from "./rows.ts";
import type { Schema } from "./schema.ts";
import { shieldTablesOf } from "./shield.ts";
import { compileStatements } from "./statements.ts";
import type { AccountKey, BindingKey, Store, StoredAccount, StoredBinding } from "./types.ts";

/** The store over an opened engine with a schema that is up to date. */
export function storeOf(db: Kysely<Schema>, engine: Engine): Store {
  const statements = compileStatements(db);
  const foreign = foreignAccountsOf(db, engine);
  const shield = shieldTablesOf(db, engine);

  /** Runs `work`; an error of the engine becomes a trouble, any other is our bug and goes on. */
  async function attempt<T>(work: () => Promise<T>): Promise<T | Trouble> {
    try {
      return await work();
    } catch (error) {
      return engine.explain(error);
    }
  }

  return {
    loadAccounts: (after, limit) => attempt(() => loadAccounts(db, after, limit)),
    countAccounts: () =>
      attempt(async () => {
        const row = await db.selectFrom("accounts").select(sql<number>`count(*)`.as("n")).executeTakeFirstOrThrow();
        return Number(row.n);
      }),
    addAccounts: (accounts) => attempt(() => addAccounts(db, engine, statements.insertAccount, accounts)),
    removeAccount: (key) => attempt(() => removeAccount(db, key)),
    loadRights: (after, limit) => attempt(() => loadRights(db, after, limit)),
    hasAccount: (key) => attempt(async () => (await existingOf(db, [key])).length > 0),
    rightsOf: (key) => attempt(() => rightsOf(db, key)),
    setRights: (rights) => attempt(() => setRights(db, rights)),
    loadTrunks: () => attempt(() => loadTrunks(db)),
    addTrunk: (trunk) => attempt(() => addTrunk(db, trunk)),
    removeTrunk: (name) => attempt(() => removeTrunk(db, name)),
    setPassword: (account) => attempt(() => setPassword(db, account)),
    loadForeign: (after, limit) => attempt(() => foreign.load(after, limit)),
    hasForeign: (key) => attempt(() => foreign.has(key)),
    saveForeign: (upserts, removals) => attempt(() => foreign.save(upserts, removals)),
    clearForeign: () => attempt(() => foreign.clear()),
    saveBindings: (upserts, removals) =>
      attempt(() =>
        db.transaction().execute(async () => {
          engine.runMany(statements.deleteBinding, removals.map(bindingKeyRow));
          engine.runMany(statements.upsertBinding, upserts.map(bindingRow));
          return undefined;
        }),
      ),
    loadBindings: (now, after, limit) => attempt(() => loadBindings(db, now, after, limit)),
    loadBans: (now, take) => attempt(() => shield.loadBans(now, take)),
    evidenceOf: (key) => attempt(() => shield.evidenceOf(key)),
    saveBans: (put, removed) => attempt(() => shield.saveBans(put, removed)),
    loadStanding: (since) => attempt(() => shield.loadStanding(since)),
    saveStanding: (rows) => attempt(() => shield.saveStanding(rows)),
    setting: (name, make) => attempt(() => setting(db, name, make)),
    setSetting: (name, value) =>
      attempt(async () => {
        const save = db.insertInto("settings").values({ name, value });
        await save.onConflict((on) => on.column("name").doUpdateSet({ value })).execute();
        return undefined;
      }),
    checkIntegrity: () => attempt(async () => engine.checkIntegrity()),
    close: () => db.destroy(),
  };
}

async function loadAccounts(db: Kysely<Schema>, after?: AccountKey, limit?: number): Promise<StoredAccount[]> {
  let query = db.selectFrom("accounts").selectAll().orderBy("domain").orderBy("user");
  if (after !== undefined) {
    const { domain, user } = after;
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple("domain", "user"), ">", tuple(domain, user)));
  }
  if (limit !== undefined) query = query.limit(limit);
  return (await query.execute()).map(readAccount);
}

async function loadBindings(
  db: Kysely<Schema>,
  now: number,
  after?: BindingKey,
  limit?: number,
): Promise<StoredBinding[]> {
  if (after === undefined) await db.deleteFrom("bindings").where("expires", "<=", now).execute();
  let query = db.selectFrom("bindings").selectAll().where("expires", ">", now);
  for (const column of BINDING_KEY) query = query.orderBy(column);
  if (after !== undefined) {
    const { aor, contact, instance, regId } = after;
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple("aor", "contact", "instance", "reg_id"), ">", tuple(aor, contact, instance, regId)),
    );
  }
  if (limit !== undefined) query = query.limit(limit);
  return (await query.execute()).map(readBinding);
}

async function addAccounts(
  db: Kysely<Schema>,
  engine: Engine,
  insert: string,
  accounts: readonly StoredAccount[],
): Promise<AccountKey[]> {
  return db.transaction().execute(async (trx) => {
    const existing = await existingOf(trx, accounts);
    if (existing.length === 0) engine.runMany(insert, accounts.map(accountRow));
    return existing;
  });
}

/** Those of `wanted` that are there. One look-up while it is one, the whole list of names beyond. */
async function existingOf(db: Kysely<Schema>, wanted: readonly AccountKey[]): Promise<AccountKey[]> {
  let names = db.selectFrom("accounts").select(["user", "domain"]);
  if (wanted.length === 1) names = names.where("domain", "=", wanted[0].domain).where("user", "=", wanted[0].user);
  const taken = new Set((await names.execute()).map((row) => `${row.user}@${row.domain}`));
  return wanted.filter((key) => taken.has(`${key.user}@${key.domain}`)).map(({ user, domain }) => ({ user, domain }));
}

/** With its rights: a name that is given out again starts anew. Those of an account that is not ours stay. */
async function removeAccount(db: Kysely<Schema>, { domain, user }: AccountKey): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const gone = trx.deleteFrom("accounts").where("domain", "=", domain).where("user", "=", user);
    if ((await gone.executeTakeFirst()).numDeletedRows === 0n) return false;
    await trx.deleteFrom("account_rights").where("domain", "=", domain).where("user", "=", user).execute();
    return true;
  });
}

async function setPassword(db: Kysely<Schema>, account: StoredAccount): Promise<boolean> {
  const done = await db
    .updateTable("accounts")
    .set({
      realm: account.realm,
      ha1_md5: account.ha1.md5,
      ha1_sha256: account.ha1.sha256,
      ha1_sha512_256: account.ha1.sha512_256 ?? null,
      changed: account.changed,
    })
    .where("domain", "=", account.domain)
    .where("user", "=", account.user)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

async function setting(db: Kysely<Schema>, name: string, make: () => string): Promise<string> {
  return db.transaction().execute(async (trx) => {
    const found = await trx.selectFrom("settings").select("value").where("name", "=", name).executeTakeFirst();
    if (found) return found.value;
    const value = make();
    await trx.insertInto("settings").values({ name, value }).execute();
    return value;
  });
}
