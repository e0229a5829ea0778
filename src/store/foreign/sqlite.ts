import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import { dialectOf } from "../sqlite.ts";
import { allRows, type ForeignEngine, type Octets, ROWS, type Row, sizeOf, type Tables } from "./engine.ts";
import type { ForeignPlace } from "./types.ts";

/** Milliseconds to wait, blocking, for a writer; the next look is soon. */
const BUSY = 250;

/** Rows of one query: while it runs, writers of the file and other work of this thread wait. */
const PAGE = 2_000;

/** Counts openings: SQLite's own marker is comparable only within one of them. */
let openings = 0;

/** An SQLite file, opened read-only. */
export function openForeignSqlite(place: ForeignPlace): ForeignEngine {
  const file = place.database;
  const identity = identityOf(file);
  const opened = new DatabaseSync(file, { readOnly: true, timeout: BUSY });
  const opening = ++openings;
  const db = new Kysely<Tables>({ dialect: dialectOf(opened) });
  return {
    async columns(table) {
      const found = await sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(db);
      return found.rows.map((row) => row.name);
    },
    async digest() {
      // Changes with every commit of another connection, and costs no reading at all.
      const found = await sql<{ data_version: number }>`pragma data_version`.execute(db);
      return `${opening}.${found.rows[0].data_version}`;
    },
    size: (table, columns) => sizeOf(db, table, columns, octets),
    rows: (table, columns, key) => pages(db, table, columns, key),
    // Replaced by another file: ours would be read for ever, and never change.
    isStale: () => identityOf(file) !== identity,
    destroy: () => db.destroy(),
  };
}

/** Not length(), which ends at the first NUL. */
const octets: Octets = (column) => sql`octet_length(${sql.ref(column)})`;

function identityOf(file: string): string {
  const { dev, ino } = statSync(file);
  return `${dev}.${ino}`;
}

/**
 * Page behind page by key: a row that is not touched meanwhile is seen once, whatever becomes of those before it. What is
 * touched changes the marker, and is read again.
 */
async function* pages(
  db: Kysely<Tables>,
  table: string,
  columns: readonly string[],
  key: readonly string[],
): AsyncGenerator<readonly Row[]> {
  const names = sql.join(key.map((c) => sql.ref(c)));
  let query = allRows(db, table, columns, octets).limit(PAGE);
  for (const column of key) query = query.orderBy(column);
  for (let total = 0, page = query; total <= ROWS; ) {
    const rows = await page.execute();
    yield rows;
    total += rows.length;
    if (rows.length < PAGE) return;
    const last = rows[rows.length - 1];
    page = query.where(sql<boolean>`(${names}) > (${sql.join(key.map((c) => last[c]))})`);
  }
}
