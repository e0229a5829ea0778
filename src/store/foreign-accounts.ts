import { type Kysely, sql } from "kysely";
import type { Engine, Value } from "./engine.ts";
import type { ForeignAccountRow, Schema } from "./schema.ts";
import type { AccountHashes, AccountKey, ForeignAccount } from "./types.ts";

const COLUMNS = ["domain", "user", "realm", "ha1_md5", "ha1_sha256", "ha1_sha512_256", "changed", "login"] as const;

/** The part of the store that keeps what foreign databases said last. */
export function foreignAccountsOf(db: Kysely<Schema>, engine: Engine) {
  const blank = Object.fromEntries(COLUMNS.map((c) => [c, ""])) as Record<(typeof COLUMNS)[number], never>;
  const upsert = db
    .insertInto("foreign_accounts")
    .values(blank)
    .onConflict((on) =>
      on
        .columns(["domain", "user"])
        .doUpdateSet((e) => Object.fromEntries(COLUMNS.slice(2).map((c) => [c, e.ref(`excluded.${c}`)]))),
    )
    .compile().sql;
  const drop = db.deleteFrom("foreign_accounts").where("domain", "=", "").where("user", "=", "").compile().sql;
  return {
    async load(after?: AccountKey, limit?: number): Promise<ForeignAccount[]> {
      let query = db.selectFrom("foreign_accounts").selectAll().orderBy("domain").orderBy("user");
      if (after !== undefined) {
        const { domain, user } = after;
        query = query.where(({ eb, refTuple, tuple }) => eb(refTuple("domain", "user"), ">", tuple(domain, user)));
      }
      if (limit !== undefined) query = query.limit(limit);
      return (await query.execute()).map(readForeign);
    },
    async has({ user, domain }: AccountKey): Promise<boolean> {
      const query = db.selectFrom("foreign_accounts").select(sql`1`.as("one"));
      return (await query.where("domain", "=", domain).where("user", "=", user).executeTakeFirst()) !== undefined;
    },
    save: (upserts: readonly ForeignAccount[], removals: readonly AccountKey[]): Promise<undefined> =>
      db.transaction().execute(async () => {
        engine.runMany(
          drop,
          removals.map((key) => [key.domain, key.user]),
        );
        engine.runMany(upsert, upserts.map(foreignRow));
        return undefined;
      }),
    async clear(): Promise<undefined> {
      await db.deleteFrom("foreign_accounts").execute();
    },
  };
}

function foreignRow({ domain, user, realm, ha1, changed, login }: ForeignAccount): Value[] {
  return [domain, user, realm, ha1.md5 ?? null, ha1.sha256 ?? null, ha1.sha512_256 ?? null, changed, login ?? ""];
}

function readForeign(row: ForeignAccountRow): ForeignAccount {
  const ha1: { -readonly [K in keyof AccountHashes]?: string } = {};
  if (row.ha1_md5 !== null) ha1.md5 = row.ha1_md5;
  if (row.ha1_sha256 !== null) ha1.sha256 = row.ha1_sha256;
  if (row.ha1_sha512_256 !== null) ha1.sha512_256 = row.ha1_sha512_256;
  const account = { user: row.user, domain: row.domain, realm: row.realm, ha1, changed: row.changed };
  return row.login === "" ? account : { ...account, login: row.login };
}
