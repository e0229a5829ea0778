import { type Expression, type Kysely, type RawBuilder, type SqlBool, sql } from "kysely";

export type Tables = Record<string, Record<string, unknown>>;
export type Row = Record<string, unknown>;

/** What one kind of foreign database brings; one file per kind. */
export interface ForeignEngine {
  /** Columns of a table that may be read, by name; none when it is not there. */
  columns(table: string): Promise<readonly string[]>;
  /** Another text when the content of those columns is another one. */
  digest(table: string, columns: readonly string[]): Promise<string>;
  /** How much there is to read: asked before it is read, as a driver holds a whole answer in memory. */
  size(table: string, columns: readonly string[]): Promise<Size>;
  /** All rows but those that are too long, at most ROWS and one more. Drivers of a network give them at once, as one answer of one moment. */
  rows(table: string, columns: readonly string[], key: readonly string[]): AsyncIterable<readonly Row[]>;
  /** The connection is of no use any more, though it has not failed. */
  isStale(): boolean;
  /** Cuts its connections at once, even in the middle of a query that nobody answers; the promise may never resolve then. */
  destroy(): Promise<void>;
}

/** Of one table. */
export interface Size {
  readonly rows: number;
  /** Rows with a value of more than VALUE bytes: they are left out. */
  readonly long: number;
  /** Of the others, together. */
  readonly bytes: number;
}

/** A column's length in bytes, in the words of one kind of database. */
export type Octets = (column: string) => RawBuilder<unknown>;

/** Milliseconds until a server that does not answer is given up: a connection, and one portion of an answer. */
export const CONNECT = 3_000;
export const ANSWER = 10_000;
/** Most rows of one table, bytes of one value, and bytes of all that is read of a table. */
export const ROWS = 1_000_000;
export const VALUE = 4_096;
export const BYTES = 256 * 1_048_576;

/** The query behind `rows`. */
export function allRows(db: Kysely<Tables>, table: string, columns: readonly string[], octets: Octets) {
  return db
    .selectFrom(table)
    .select([...columns])
    .where(sql<SqlBool>`not (${isLong(columns, octets)})`)
    .limit(sql.lit(ROWS + 1));
}

/** The query behind `size`. */
export async function sizeOf(
  db: Kysely<Tables>,
  table: string,
  columns: readonly string[],
  octets: Octets,
): Promise<Size> {
  const long = isLong(columns, octets);
  const all = sql.join(
    columns.map((c) => sql`coalesce(${octets(c)}, 0)`),
    sql` + `,
  );
  const found = await sql<Record<"total" | "oversized" | "octets", unknown>>`
    select count(*) as total, coalesce(sum(case when ${long} then 1 else 0 end), 0) as oversized,
    coalesce(sum(case when ${long} then 0 else ${all} end), 0) as octets from ${sql.table(table)}`.execute(db);
  const [row] = found.rows;
  return { rows: Number(row.total), long: Number(row.oversized), bytes: Number(row.octets) };
}

function isLong(columns: readonly string[], octets: Octets): Expression<SqlBool> {
  return sql.join(
    columns.map((c) => sql`coalesce(${octets(c)}, 0) > ${sql.lit(VALUE)}`),
    sql` or `,
  ) as Expression<SqlBool>;
}
