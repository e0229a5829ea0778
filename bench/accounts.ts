import { hash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export const DOMAIN = "bench.example";

/** Where Debian's package kamailio-sqlite-modules keeps Kamailio's tables. */
const KAMAILIO_TABLES = "/usr/share/kamailio/db_sqlite";

interface Account {
  readonly user: string;
  readonly md5: string;
  readonly sha256: string;
}

/** Account `i` is bench-00000i; the password of each is the first 20 characters of md5("bench:" name). load/accounts.c says the same. */
function account(user: string): Account {
  const a1 = `${user}:${DOMAIN}:${passwordOf(user)}`;
  return { user, md5: hash("md5", a1), sha256: hash("sha256", a1) };
}

export function userOf(i: number): string {
  return `bench-${String(i).padStart(6, "0")}`;
}

export function passwordOf(user: string): string {
  return hash("md5", `bench:${user}`).slice(0, 20);
}

function accounts(count: number): Account[] {
  return Array.from({ length: count }, (_, i) => account(userOf(i)));
}

/** Writes `count` accounts, and those of `more` names, in the form that `rempart account import` reads; gives the file. */
export function writeCsv(folder: string, count: number, more: readonly string[] = []): string {
  const file = join(folder, "accounts.csv");
  const lines = [...accounts(count), ...more.map(account)].map((a) => `${a.user},${DOMAIN},${a.md5},${a.sha256}`);
  writeFileSync(file, `user,domain,ha1_md5,ha1_sha256\n${lines.join("\n")}\n`);
  return file;
}

/** Makes Kamailio's database with its own table definitions and `count` subscribers; gives the file. */
export function writeKamailioDatabase(folder: string, count: number, wal: boolean): string {
  const file = join(folder, "kamailio.sqlite");
  const db = new DatabaseSync(file);
  if (wal) db.exec("PRAGMA journal_mode = WAL");
  for (const table of ["standard", "auth_db", "usrloc"]) {
    db.exec(readFileSync(join(KAMAILIO_TABLES, `${table}-create.sql`), "utf8"));
  }
  const insert = db.prepare("INSERT INTO subscriber (username, domain, ha1) VALUES (?, ?, ?)");
  db.exec("BEGIN");
  for (const a of accounts(count)) insert.run(a.user, DOMAIN, a.md5);
  db.exec("COMMIT");
  db.close();
  return file;
}
