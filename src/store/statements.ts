import type { Kysely } from "kysely";
import { ACCOUNT_COLUMNS, BINDING_COLUMNS, BINDING_KEY } from "./rows.ts";
import type { Schema } from "./schema.ts";

/** SQL that is compiled once and run per row. */
export interface Statements {
  readonly insertAccount: string;
  readonly upsertBinding: string;
  readonly deleteBinding: string;
}

/** Compiles the statements that run for many rows; their parameters stand in the order of the column lists. */
export function compileStatements(db: Kysely<Schema>): Statements {
  const account = Object.fromEntries(ACCOUNT_COLUMNS.map((c) => [c, ""])) as Record<
    (typeof ACCOUNT_COLUMNS)[number],
    never
  >;
  const binding = Object.fromEntries(BINDING_COLUMNS.map((c) => [c, ""])) as Record<
    (typeof BINDING_COLUMNS)[number],
    never
  >;
  const changing = BINDING_COLUMNS.filter((c) => !BINDING_KEY.some((key) => key === c));
  const upsert = db
    .insertInto("bindings")
    .values(binding)
    .onConflict((on) =>
      on.columns(BINDING_KEY).doUpdateSet((e) => Object.fromEntries(changing.map((c) => [c, e.ref(`excluded.${c}`)]))),
    );
  let drop = db.deleteFrom("bindings");
  for (const column of BINDING_KEY) drop = drop.where(column, "=", "");
  return {
    insertAccount: db.insertInto("accounts").values(account).compile().sql,
    upsertBinding: upsert.compile().sql,
    deleteBinding: drop.compile().sql,
  };
}
