import type { Kysely } from "kysely";
import { up as initial } from "./001-initial.ts";
import { up as foreignAccounts } from "./002-foreign-accounts.ts";
import { up as rightsAndTrunks } from "./003-rights-and-trunks.ts";
import { up as foreignLogins } from "./004-foreign-logins.ts";
import { up as shield } from "./005-shield.ts";

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly up: (db: Kysely<unknown>) => Promise<void>;
}

/** Every step the schema has taken, in order; numbers are never reused and a released file is never changed. */
export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: "initial", up: initial },
  { number: 2, name: "foreign-accounts", up: foreignAccounts },
  { number: 3, name: "rights-and-trunks", up: rightsAndTrunks },
  { number: 4, name: "foreign-logins", up: foreignLogins },
  { number: 5, name: "shield", up: shield },
];
