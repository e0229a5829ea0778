import type { Kysely } from "kysely";

/** Bans of the shield with what they were decided on, and who has standing. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("bans")
    .addColumn("source", "text", (c) => c.notNull())
    .addColumn("account", "text", (c) => c.notNull())
    .addColumn("device", "text", (c) => c.notNull())
    .addColumn("enforced", "integer", (c) => c.notNull())
    .addColumn("reason", "text", (c) => c.notNull())
    .addColumn("because", "text", (c) => c.notNull())
    .addColumn("origin", "text", (c) => c.notNull())
    .addColumn("since", "bigint", (c) => c.notNull())
    .addColumn("until", "bigint", (c) => c.notNull())
    .addColumn("strike", "integer", (c) => c.notNull())
    .addColumn("evidence", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("bans_key", ["source", "account", "device"])
    .execute();
  await db.schema
    .createTable("standing")
    .addColumn("source", "text", (c) => c.notNull())
    .addColumn("account", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("standing_key", ["source", "account"])
    .execute();
}
