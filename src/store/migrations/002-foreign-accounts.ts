import type { Kysely } from "kysely";

/** Accounts of foreign databases as they were read last: they serve when that database is down, also after a restart. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("foreign_accounts")
    .addColumn("domain", "text", (c) => c.notNull())
    .addColumn("user", "text", (c) => c.notNull())
    .addColumn("realm", "text", (c) => c.notNull())
    .addColumn("ha1_md5", "text")
    .addColumn("ha1_sha256", "text")
    .addColumn("ha1_sha512_256", "text")
    .addColumn("changed", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("foreign_accounts_key", ["domain", "user"])
    .execute();
}
