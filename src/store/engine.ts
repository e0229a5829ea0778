import type { Dialect } from "kysely";
import type { Trouble } from "../base/index.ts";

export type Value = string | number | null;

/** What a database must bring besides SQL; one file per engine. */
export interface Engine {
  /** Where it is, for messages. */
  readonly place: string;
  readonly dialect: Dialect;
  /** An error of the engine as a trouble. Throws it on when it is not the engine's. */
  explain(error: unknown): Trouble;
  /** Runs one statement for many rows, inside the transaction that is open. */
  runMany(sql: string, rows: readonly Value[][]): void;
  /** Gives every row of a query as its values, one at a time: where there are 100,000, objects for all of them cost more than reading. */
  each(sql: string, parameters: readonly Value[], take: (row: readonly Value[]) => void): void;
  /** Reads everything that is stored; STORE_CORRUPT when it is damaged. */
  checkIntegrity(): undefined | Trouble;
}
