import { type Kysely, sql } from "kysely";

export type Tables = Record<string, Record<string, unknown>>;
export type Row = Record<string, unknown>;

/** What one kind of foreign database brings; one file per kind. */
export interface ForeignEngine {
  /** Columns of a table that may be read, by name; none when it is not there. */
  columns(table: string): Promise<readonly string[]>;
  /** Another text when the content of those columns is another one. */
  digest(table: string, columns: readonly string[]): Promise<string>;
  /** All rows, at most ROWS and one more. Drivers of a network give them at once, as one answer of one moment. */
  rows(table: string, columns: readonly string[], key: readonly string[]): AsyncIterable<readonly Row[]>;
  /** The connection is of no use any more, though it has not failed. */
  isStale(): boolean;
  /** Cuts its connections at once, even in the middle of a query that nobody answers; the promise may never resolve then. */
  destroy(): Promise<void>;
}

/** Milliseconds until a server that does not answer is given up: a connection, and one portion of an answer. */
export const CONNECT = 3_000;
export const ANSWER = 10_000;
/** Most rows of one table. */
export const ROWS = 1_000_000;

/** The query behind `rows`. */
export function allRows(db: Kysely<Tables>, table: string, columns: readonly string[]) {
  return db
    .selectFrom(table)
    .select([...columns])
    .limit(sql.lit(ROWS + 1));
}
