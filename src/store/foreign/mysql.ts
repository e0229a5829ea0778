import { readFileSync } from "node:fs";
import { Kysely, MysqlDialect, sql } from "kysely";
import { allRows, CONNECT, type ForeignEngine, type Octets, sizeOf, type Tables } from "./engine.ts";
import type { ForeignPlace } from "./types.ts";

/** MariaDB or MySQL over one connection. The driver is loaded only here: most sites have no such database. */
export async function openMysql(place: ForeignPlace, password: string): Promise<ForeignEngine> {
  const { createPool } = await import("mysql2");
  const ca = place.tls === undefined || place.tls.ca === "" ? {} : { ca: readFileSync(place.tls.ca) };
  const pool = createPool({
    ...(place.socket === "" ? { host: place.host, port: place.port } : { socketPath: place.socket }),
    user: place.user,
    password,
    database: place.database,
    ...(place.tls === undefined ? {} : { ssl: { ...ca, rejectUnauthorized: true, verifyIdentity: true } }),
    connectionLimit: 1,
    connectTimeout: CONNECT,
    enableKeepAlive: true,
    dateStrings: true,
  });
  const ends: (() => void)[] = [];
  pool.on("connection", (connection) => {
    ends.push(() => connection.destroy());
  });
  const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool }) });
  return {
    async columns(table) {
      // Shows only columns that this user may read.
      const found = await sql<{ name: string }>`
        select column_name as name from information_schema.columns
        where table_schema = database() and table_name = ${table}`.execute(db);
      return found.rows.map((row) => row.name);
    },
    async digest(table, columns) {
      // CRC32 is a third of the price of MD5. It is linear, so a plain sum might not see two rows that exchange their values:
      // multiplied by that of the key it does.
      const row = sql.join(columns.map((c) => sql`ifnull(${sql.ref(c)}, 0x01)`));
      const crc = sql`crc32(concat_ws(0x1f, ${row}))`;
      const found = await sql<{ text: string }>`
        select concat_ws(':', count(*), sum(${crc}), sum(crc32(${sql.ref(columns[0])}) * ${crc})) as text
        from ${sql.table(table)}`.execute(db);
      return String(found.rows[0].text);
    },
    size: (table, columns) => sizeOf(db, table, columns, octets),
    async *rows(table, columns) {
      yield await allRows(db, table, columns, octets).execute();
    },
    isStale: () => false,
    async destroy() {
      for (const end of ends) end();
      await db.destroy();
    },
  };
}

const octets: Octets = (column) => sql`length(${sql.ref(column)})`;
