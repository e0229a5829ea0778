import type { Dialect } from "kysely";
import type { Trouble } from "../base/index.ts";

export type Value = string | number | null;

/** Rows of one table. The names are the program's own. */
export interface Many {
  readonly table: string;
  readonly columns: readonly string[];
  readonly column: string;
  readonly least: number;
}

/** What a database must bring besides SQL; one file per engine. */
export interface Engine {
  /** Where it is, for messages. */
  readonly place: string;
  readonly dialect: Dialect;
  /** An error of the engine as a trouble. Throws it on when it is not the engine's. */
  explain(error: unknown): Trouble;
  /** Runs one statement for many rows, inside the transaction that is open. */
  runMany(sql: string, rows: readonly Value[][]): void;
  /**
   * Gives each row of a table whose `column` is more than `least`, as its values, one at a time. For tables of 100,000 rows: an object for each of
   * them costs more than reading.
   */
  each(from: Many, take: (row: readonly Value[]) => void): void;
  /** Reads everything that is stored; STORE_CORRUPT when it is damaged. */
  checkIntegrity(): undefined | Trouble;
}
