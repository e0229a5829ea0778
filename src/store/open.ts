import { Kysely } from "kysely";
import { isTrouble, type Trouble } from "../base/index.ts";
import type { Engine } from "./engine.ts";
import { migrate } from "./migrate.ts";
import type { Schema } from "./schema.ts";
import { openSqlite, type SqliteOptions } from "./sqlite.ts";
import { storeOf } from "./store.ts";
import type { Store } from "./types.ts";

/**
 * Opens the database in the folder `state`, made when there is none, and brings its schema up to date.
 *
 * `busyMs` is how long a statement waits, blocking, for another process: a daemon's control thread wants it short.
 * Troubles: STORE_UNWRITABLE, STORE_CORRUPT, STORE_LOCKED, STORE_FULL, STORE_IO, STORE_NEWER.
 */
export async function openStore(state: string, options: SqliteOptions): Promise<Store | Trouble> {
  const engine = openSqlite(state, options);
  if (isTrouble(engine)) return engine;
  const db = new Kysely<Schema>({ dialect: engine.dialect });
  const problem = await tryMigrate(db, engine);
  if (!problem) return storeOf(db, engine);
  await db.destroy();
  return problem;
}

async function tryMigrate(db: Kysely<Schema>, engine: Engine): Promise<undefined | Trouble> {
  try {
    return await migrate(db, engine.place, Date.now());
  } catch (error) {
    return engine.explain(error);
  }
}
