import type { Kysely } from "kysely";

/**
 * Rights of accounts, in a table of their own: few accounts have any, and one may be read from elsewhere. Trunks that were added by
 * command.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("account_rights")
    .addColumn("domain", "text", (c) => c.notNull())
    .addColumn("user", "text", (c) => c.notNull())
    .addColumn("classes", "text")
    .addColumn("acl", "text", (c) => c.notNull())
    .addColumn("pin", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("account_rights_key", ["domain", "user"])
    .execute();
  await db.schema
    .createTable("trunks")
    .addColumn("name", "text", (c) => c.primaryKey().notNull())
    .addColumn("addresses", "text", (c) => c.notNull())
    .addColumn("transport", "text", (c) => c.notNull())
    .addColumn("from_domain", "text", (c) => c.notNull())
    .addColumn("created", "bigint", (c) => c.notNull())
    .execute();
}
