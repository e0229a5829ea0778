import type { Kysely } from "kysely";

/** Accounts, bindings, settings. "bigint" is an integer of 64 bits in every engine. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("accounts")
    .addColumn("domain", "text", (c) => c.notNull())
    .addColumn("user", "text", (c) => c.notNull())
    .addColumn("realm", "text", (c) => c.notNull())
    .addColumn("ha1_md5", "text", (c) => c.notNull())
    .addColumn("ha1_sha256", "text", (c) => c.notNull())
    .addColumn("ha1_sha512_256", "text")
    .addColumn("created", "bigint", (c) => c.notNull())
    .addColumn("changed", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("accounts_key", ["domain", "user"])
    .execute();
  await db.schema
    .createTable("bindings")
    .addColumn("aor", "text", (c) => c.notNull())
    .addColumn("contact", "text", (c) => c.notNull())
    .addColumn("instance", "text", (c) => c.notNull())
    .addColumn("reg_id", "bigint", (c) => c.notNull())
    .addColumn("params", "text", (c) => c.notNull())
    .addColumn("call_id", "text", (c) => c.notNull())
    .addColumn("cseq", "bigint", (c) => c.notNull())
    .addColumn("expires", "bigint", (c) => c.notNull())
    .addColumn("q", "integer", (c) => c.notNull())
    .addColumn("path", "text", (c) => c.notNull())
    .addColumn("user_agent", "text", (c) => c.notNull())
    .addColumn("received", "text", (c) => c.notNull())
    .addColumn("listener", "integer", (c) => c.notNull())
    .addPrimaryKeyConstraint("bindings_key", ["aor", "contact", "instance", "reg_id"])
    .execute();
  await db.schema
    .createTable("settings")
    .addColumn("name", "text", (c) => c.primaryKey().notNull())
    .addColumn("value", "text", (c) => c.notNull())
    .execute();
}
