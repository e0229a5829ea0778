import type { Trouble } from "../../base/index.ts";

/** A database of somebody else's, and how to get in. */
export interface ForeignPlace {
  readonly engine: "postgres" | "mysql" | "sqlite";
  /** What messages call it: never with a password in it. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  /** Unix socket instead of host and port; empty for none. */
  readonly socket: string;
  readonly user: string;
  /** Asked before each connection, so that a new password needs no restart. */
  readonly password: () => string | Trouble;
  /** For SQLite the path of the file. */
  readonly database: string;
  /** The server's certificate is checked; `ca` empty: by the system's authorities. Undefined: no TLS. */
  readonly tls: { readonly ca: string } | undefined;
}

/** A table that is read, or a view of that name. */
export interface TableShape {
  readonly name: string;
  /** Columns that no two rows have alike; those of them that are there. */
  readonly key: readonly string[];
  readonly needed: readonly string[];
  /** Of these at least one is needed; empty: none. */
  readonly oneOf: readonly string[];
  /** Read where they are there. */
  readonly optional: readonly string[];
}

/** Values as text; an absent column and NULL are both "". */
export type ForeignRow = Readonly<Record<string, string>>;

/** Read-only access to foreign tables. Every function answers a trouble instead of throwing; the next call tries anew. */
export interface ForeignReader {
  /** A text that is another one when what `read` gives may be another: cheap beside reading. */
  marker(): Promise<string | Trouble>;
  /**
   * Reads the tables in the order of their shapes and gives every row to the function of that table; `leftOut` is told how many rows hold a
   * value of more than 4,096 bytes, which are not given. Other work of this
   * thread gets its turn every few milliseconds.
   */
  read(
    take: Readonly<Record<string, (row: ForeignRow) => void>>,
    leftOut: (table: string, rows: number) => void,
  ): Promise<undefined | Trouble>;
  close(): void;
}
