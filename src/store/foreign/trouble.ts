import { type Trouble, trouble } from "../../base/index.ts";
import { resultCode } from "../sqlite.ts";
import { BYTES, ROWS } from "./engine.ts";
import type { ForeignPlace, TableShape } from "./types.ts";

const SAFE = "The accounts read last go on being served, and our own; it is tried again every few seconds.";

/** PostgreSQL: no such role, wrong password, no right. */
const DENIED = ["28000", "28P01", "42501"];
/** MySQL and MariaDB: access denied to database, server, table, column. */
const DENIED_MYSQL = [1044, 1045, 1142, 1143];

/** It did not answer in time. */
export class Silence extends Error {}

/** The operator's words for whatever the driver threw: a server that answers garbage may make it throw anything. */
export function explainForeign(error: unknown, place: ForeignPlace): Trouble {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const why = reason(error, code);
  const errno = error instanceof Error && "errno" in error ? Number(error.errno) : 0;
  if (DENIED.includes(code) || (place.engine === "mysql" && DENIED_MYSQL.includes(errno))) {
    const next = "See docs/accounts-realtime.md for the rights that it needs, and check user and password.";
    return trouble("ACCOUNTS_DENIED", `${place.shown} does not let us in: ${why}`, SAFE, next);
  }
  // An answer of the server, with a code of SQL, is not the network's fault; 57P and 08 are: shutting down, connection lost.
  const sql = /^(?!57P|08)[0-9A-Z]{5}$/.test(code) || /^ER_(?!SERVER_SHUTDOWN|CON_COUNT)/.test(code);
  const file = place.engine === "sqlite" && ![5, 6, 14].includes(resultCode(error) ?? 14);
  if ((sql && !/^E[A-Z]{4}$/.test(code)) || file) {
    const next = "See docs/accounts-realtime.md for the tables that are read.";
    return trouble("ACCOUNTS_QUERY", `${place.shown} cannot be read: ${why}`, SAFE, next);
  }
  const next =
    place.engine === "sqlite"
      ? `See who may read it: ls -l ${place.database}`
      : "Start it, or correct `url` in [accounts].";
  return trouble("ACCOUNTS_UNREACHABLE", `${place.shown} is not reachable: ${why}`, SAFE, next);
}

/** A table or a column that is not there, or that this user may not read. */
export function missingTrouble(place: ForeignPlace, missing: readonly string[]): Trouble {
  return trouble(
    "ACCOUNTS_TABLE",
    `${place.shown} has no ${missing[0]}, or none that we may read`,
    SAFE,
    "See docs/accounts-realtime.md for tables, columns and rights.",
    missing,
  );
}

export function tooLarge(place: ForeignPlace, table: string): Trouble {
  const what = `${place.shown}: the table ${table} has more than ${ROWS} rows or ${BYTES / 1_048_576} MiB`;
  return trouble("ACCOUNTS_QUERY", what, SAFE, "Put a view of that name in its place that holds the phones alone.");
}

/** What of a table is missing, given the columns that are there. */
export function missingOf(shape: TableShape, columns: readonly string[]): string[] {
  if (columns.length === 0) return [`table ${shape.name}`];
  const missing = shape.needed.filter((c) => !columns.includes(c)).map((c) => `column ${shape.name}.${c}`);
  if (shape.oneOf.length > 0 && !shape.oneOf.some((c) => columns.includes(c))) {
    missing.push(`column ${shape.oneOf.map((c) => `${shape.name}.${c}`).join(" or ")}`);
  }
  return missing;
}

function reason(error: unknown, code: string): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses were tried: the error that holds them all has no words of its own.
  const text = error.message === "" ? code : error.message;
  return text.replace(/\p{C}+/gu, " ").slice(0, 200);
}
