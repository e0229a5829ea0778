import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isTrouble, type Trouble } from "../base/index.ts";
import { explain, integrityTrouble } from "./sqlite.ts";

/** What is in a database, without changing it. */
export interface Inspection {
  readonly file: string;
  /** Accounts by domain and the realm their hashes were made for. */
  readonly realms: readonly { readonly domain: string; readonly realm: string; readonly accounts: number }[];
}

/**
 * Looks into the database of a state folder, read-only and from end to end; a running daemon is not disturbed. Undefined:
 * there is none yet, or an empty one. Troubles: STORE_CORRUPT, STORE_LOCKED, STORE_UNWRITABLE.
 */
export function inspectStore(state: string): Inspection | undefined | Trouble {
  const file = `${state}/rempart.db`;
  let db: DatabaseSync | undefined;
  try {
    if (!existsSync(file)) return undefined;
    db = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
    const damage = integrityTrouble(db, file);
    if (isTrouble(damage)) return damage;
    // A start that did not get far leaves an empty file: the next one fills it.
    if (db.prepare("select 1 from sqlite_schema").get() === undefined) return undefined;
    const rows = db.prepare("select domain, realm, count(*) as accounts from accounts group by 1, 2").all();
    const realms = rows.map((r) => ({
      domain: String(r.domain),
      realm: String(r.realm),
      accounts: Number(r.accounts),
    }));
    return { file, realms };
  } catch (error) {
    return explain(error, file);
  } finally {
    db?.close();
  }
}

/** An account with its MD5 hash, as much as guessing at it needs. */
export interface InspectedAccount {
  readonly user: string;
  readonly domain: string;
  readonly realm: string;
  readonly md5: string;
}

/** All own accounts with their hashes, by domain and user; read-only, and a running daemon is not disturbed. Empty: there is no database yet. */
export function inspectAccounts(state: string): readonly InspectedAccount[] | Trouble {
  const file = `${state}/rempart.db`;
  let db: DatabaseSync | undefined;
  try {
    if (!existsSync(file)) return [];
    db = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
    if (db.prepare("select 1 from sqlite_schema where name = 'accounts'").get() === undefined) return [];
    const rows = db.prepare('select "user", domain, realm, ha1_md5 from accounts order by domain, "user"').all();
    return rows.map((r) => ({
      user: String(r.user),
      domain: String(r.domain),
      realm: String(r.realm),
      md5: String(r.ha1_md5),
    }));
  } catch (error) {
    return explain(error, file);
  } finally {
    db?.close();
  }
}
