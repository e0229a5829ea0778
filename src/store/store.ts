import { type Kysely, sql } from "kysely";
import type { Trouble } from "../base/index.ts";
import type { Engine } from "./engine.ts";
import { accountRow, bindingKeyRow, bindingRow, readAccount, readBinding } from "./rows.ts";
import type { Schema } from "./schema.ts";
import { compileStatements } from "./statements.ts";
import type { AccountKey, Store, StoredAccount } from "./types.ts";

/** The store over an opened engine with a schema that is up to date. */
export function storeOf(db: Kysely<Schema>, engine: Engine): Store {
  const statements = compileStatements(db);

  /** Runs `work`; an error of the engine becomes a trouble, any other is our bug and goes on. */
  async function attempt<T>(work: () => Promise<T>): Promise<T | Trouble> {
    try {
      return await work();
    } catch (error) {
      return engine.explain(error);
    }
  }

  return {
    loadAccounts: () =>
      attempt(async () => {
        const rows = await db.selectFrom("accounts").selectAll().orderBy("domain").orderBy("user").execute();
        return rows.map(readAccount);
      }),
    countAccounts: () =>
      attempt(async () => {
        const row = await db.selectFrom("accounts").select(sql<number>`count(*)`.as("n")).executeTakeFirstOrThrow();
        return Number(row.n);
      }),
    addAccounts: (accounts) => attempt(() => addAccounts(db, engine, statements.insertAccount, accounts)),
    removeAccount: (key) =>
      attempt(async () => {
        const done = await db
          .deleteFrom("accounts")
          .where("domain", "=", key.domain)
          .where("user", "=", key.user)
          .executeTakeFirst();
        return done.numDeletedRows > 0n;
      }),
    setPassword: (account) => attempt(() => setPassword(db, account)),
    saveBindings: (upserts, removals) =>
      attempt(() =>
        db.transaction().execute(async () => {
          engine.runMany(statements.deleteBinding, removals.map(bindingKeyRow));
          engine.runMany(statements.upsertBinding, upserts.map(bindingRow));
          return undefined;
        }),
      ),
    loadBindings: (now) =>
      attempt(async () => {
        await db.deleteFrom("bindings").where("expires", "<=", now).execute();
        return (await db.selectFrom("bindings").selectAll().execute()).map(readBinding);
      }),
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
