import { readFileSync } from "node:fs";
import { Kysely, PostgresDialect, sql } from "kysely";
import { allRows, CONNECT, type ForeignEngine, type Octets, sizeOf, type Tables } from "./engine.ts";
import type { ForeignPlace } from "./types.ts";

/** PostgreSQL 11 or later, over one connection. The driver is loaded only here: most sites have no such database. */
export async function openPostgres(place: ForeignPlace, password: string): Promise<ForeignEngine> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    host: place.socket === "" ? place.host : place.socket,
    port: place.port,
    user: place.user,
    password,
    database: place.database,
    ssl: place.tls === undefined ? false : place.tls.ca === "" ? true : { ca: readFileSync(place.tls.ca) },
    max: 1,
    connectionTimeoutMillis: CONNECT,
    // Between two looks the connection stays.
    idleTimeoutMillis: 0,
    keepAlive: true,
    application_name: "rempart",
    options: "-c default_transaction_read_only=on",
  });
  let broken = false;
  const ends: (() => Promise<void>)[] = [];
  // Without a listener an idle connection that breaks would end the process.
  pool.on("error", () => {
    broken = true;
  });
  pool.on("connect", (client) => {
    // The pool listens to idle ones alone, and Kysely to none: one that breaks in the middle of a query would end the process too.
    client.on("error", () => {
      broken = true;
    });
    ends.push(() => client.end());
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    async columns(table) {
      // Shows only columns that this user may read. Two schemas in the search path may both have the table: the first counts.
      const found = await sql<{ name: string }>`
        select a.attname::text as name from pg_attribute a
        where a.attrelid = to_regclass(quote_ident(${table})) and a.attnum > 0 and not a.attisdropped
        and has_column_privilege(a.attrelid, a.attnum, 'SELECT')`.execute(db);
      return found.rows.map((row) => row.name);
    },
    async digest(table, columns) {
      // A row of all columns as text tells NULL from '' and where one value ends.
      const row = sql.join(columns.map((c) => sql.ref(c)));
      const found = await sql<{ text: string }>`
        select count(*) || ':' || coalesce(sum(hashtextextended(row(${row})::text, 0)), 0) as text
        from ${sql.table(table)}`.execute(db);
      return found.rows[0].text;
    },
    size: (table, columns) => sizeOf(db, table, columns, octets),
    async *rows(table, columns) {
      yield await allRows(db, table, columns, octets).execute();
    },
    isStale: () => broken,
    async destroy() {
      // A connection with a query under way is cut, not closed; the pool would wait for the answer.
      const ended = ends.map((end) => end());
      await Promise.all([...ended, db.destroy()]);
    },
  };
}

const octets: Octets = (column) => sql`octet_length(${sql.ref(column)}::text)`;
