import { type Kysely, sql } from "kysely";
import { type Trouble, trouble } from "../base/index.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Schema } from "./schema.ts";

const NEWEST = MIGRATIONS[MIGRATIONS.length - 1].number;

/**
 * Brings the schema up to date in one transaction; STORE_NEWER when a later version of Rempart has written here. Throws
 * what the engine throws. Two processes may do this at once: the second one waits, and finds it done.
 */
export async function migrate(db: Kysely<Schema>, place: string, now: number): Promise<undefined | Trouble> {
  // Read first, without the write lock: the usual start changes nothing.
  const found = await version(db);
  if (found === NEWEST) return undefined;
  if (found > NEWEST) return newer(place, found);
  return db.transaction().execute(async (trx) => {
    await trx.schema
      .createTable("schema_migrations")
      .ifNotExists()
      .addColumn("number", "integer", (c) => c.primaryKey().notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("applied", "bigint", (c) => c.notNull())
      .execute();
    const done = await version(trx);
    if (done > NEWEST) return newer(place, done);
    for (const step of MIGRATIONS) {
      if (step.number <= done) continue;
      await step.up(trx as unknown as Kysely<unknown>);
      await trx
        .insertInto("schema_migrations")
        .values({ number: step.number, name: step.name, applied: now })
        .execute();
    }
    return undefined;
  });
}

/** Number of the last migration that was applied; 0 for an empty database. */
async function version(db: Kysely<Schema>): Promise<number> {
  const tables = await db.introspection.getTables();
  if (!tables.some((t) => t.name === "schema_migrations")) return 0;
  const row = await db
    .selectFrom("schema_migrations")
    .select(sql<number>`coalesce(max(number), 0)`.as("last"))
    .executeTakeFirstOrThrow();
  return Number(row.last);
}

function newer(place: string, found: number): Trouble {
  return trouble(
    "STORE_NEWER",
    `${place} has schema ${found}, this version of Rempart knows up to ${NEWEST}`,
    "Nothing was read or written.",
    "Run the newer Rempart that wrote it, or point `state` in the configuration to another folder.",
  );
}
