import type { Kysely } from "kysely";

/** The name that a foreign account logs in by, where it is not that of its user; "" where it is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("foreign_accounts")
    .addColumn("login", "text", (c) => c.notNull().defaultTo(""))
    .execute();
}
