import { chownSync, closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { type Trouble, trouble } from "../base/index.ts";
import type { Engine, Many, Value } from "./engine.ts";

export interface SqliteOptions {
  /** Milliseconds a statement waits for another process to let go of its lock. It blocks this thread meanwhile. */
  readonly busyMs: number;
  /** Upper bound of the file in pages of 4 KiB; a test's way to a full disk. */
  readonly maxPages?: number;
}

/**
 * Opens or makes `<state>/rempart.db` by the built-in node:sqlite: WAL, synchronous NORMAL (a crash of the process loses
 * nothing that was committed, a power cut at most the last commits, and neither corrupts), file 0600, folder 0700.
 */
export function openSqlite(state: string, options: SqliteOptions): Engine | Trouble {
  const file = `${state}/rempart.db`;
  let db: DatabaseSync | undefined;
  try {
    makePrivate(state, file);
    db = new DatabaseSync(file, { timeout: options.busyMs, enableForeignKeyConstraints: true });
    db.exec(`pragma synchronous = normal; pragma trusted_schema = off; pragma journal_size_limit = 16777216`);
    setWal(db);
    if (options.maxPages !== undefined) db.exec(`pragma max_page_count = ${options.maxPages}`);
    return engineOf(db, file);
  } catch (error) {
    db?.close();
    return explain(error, file);
  }
}

function engineOf(db: DatabaseSync, file: string): Engine {
  const statements = new Map<string, StatementSync>();
  return {
    place: file,
    dialect: dialectOf(db),
    explain: (error) => explain(error, file),
    runMany(sql: string, rows: readonly Value[][]): void {
      let statement = statements.get(sql);
      if (!statement) {
        statement = db.prepare(sql);
        statements.set(sql, statement);
      }
      for (const row of rows) statement.run(...row);
    },
    each(from, take): void {
      // Texts of many rows: value by value they take three times as long over the border of SQLite.
      const statement = db.prepare(pageSql(from));
      for (let last: number | null = 0; last !== null; ) {
        const page = statement.get(from.least, last) as { rows: string; last: number | null };
        for (const row of JSON.parse(page.rows) as Value[][]) take(row);
        last = page.last;
      }
    },
    checkIntegrity: () => integrityTrouble(db, file),
  };
}

/** A page of rows as JSON, behind the row of that number; the number of its last one is null where there is none. */
function pageSql({ table, columns, column }: Many): string {
  const names = columns.map((name) => `"${name}"`).join(", ");
  const some = `select rowid as id, ${names} from "${table}" where "${column}" > ? and rowid > ? order by rowid limit ${PAGE}`;
  return `select max(id) as last, json_group_array(json_array(${names})) as rows from (${some})`;
}

/** Reads the whole file; STORE_CORRUPT with what is wrong, undefined when nothing is. */
export function integrityTrouble(db: DatabaseSync, file: string): undefined | Trouble {
  const rows = db.prepare("pragma integrity_check(5)").all();
  const found = rows.map((row) => String(row.integrity_check)).filter((text) => text !== "ok");
  if (found.length === 0) return undefined;
  return trouble(
    "STORE_CORRUPT",
    `${file} is damaged: ${found[0].replaceAll("\n", " ")}`,
    "Nothing was changed by this check.",
    `Stop Rempart, then restore a copy, or save what can be read: sqlite3 ${file} .recover`,
  );
}

/** Kysely's own SQLite dialect wants better-sqlite3; this is the same over node:sqlite. Kysely lets one query in at a time. */
export function dialectOf(db: DatabaseSync): Dialect {
  const connection: DatabaseConnection = {
    executeQuery: async <R>(query: CompiledQuery): Promise<QueryResult<R>> => execute<R>(db, query),
    streamQuery: () => {
      throw new Error("streams are not used");
    },
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    // "immediate" takes the write lock at once: a lock taken halfway cannot be waited for and would fail.
    beginTransaction: async () => db.exec("begin immediate"),
    commitTransaction: async () => db.exec("commit"),
    rollbackTransaction: async () => {
      // A full disk or a broken file has rolled back by itself.
      if (db.isTransaction) db.exec("rollback");
    },
    releaseConnection: async () => {},
    destroy: async () => db.close(),
  };
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

function execute<R>(db: DatabaseSync, query: CompiledQuery): QueryResult<R> {
  const statement = db.prepare(query.sql);
  const parameters = query.parameters as Value[];
  if (statement.columns().length > 0) return { rows: statement.all(...parameters) as R[] };
  const done = statement.run(...parameters);
  return { rows: [], numAffectedRows: BigInt(done.changes) };
}

/** Makes folder and file for our eyes only where they are not there yet. Throws what the file system says. */
export function makePrivate(state: string, file: string): void {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  // Never opened when it is there: closing any descriptor of a file drops the locks that SQLite has on it in this process.
  if (existsSync(file)) return;
  // SQLite gives -wal and -shm the mode of the file, so it must exist with ours before SQLite makes it with the umask's.
  closeSync(openSync(file, "a", 0o600));
  // Run by root for a daemon of another user: what root makes here must be the daemon's. SQLite does so for -wal and -shm.
  const owner = statSync(state);
  if (process.getuid?.() === 0 && owner.uid !== 0) chownSync(file, owner.uid, owner.gid);
}

/** Two processes that open a new file at once may collide here, and SQLite does not wait for this one lock. */
function setWal(db: DatabaseSync): void {
  for (let attempt = 1; ; attempt++) {
    try {
      db.exec("pragma journal_mode = wal");
      return;
    } catch (error) {
      if (resultCode(error) !== BUSY || attempt === 20) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
    }
  }
}

const BUSY = 5;
/** Rows that are read at once. */
const PAGE = 2_000;

/** Primary result code of SQLite (sqlite.org/rescode.html); undefined for any other error. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return Number(error.errcode) & 255;
}

/** The operator's words for what the engine or the file system says. An error of any other kind is ours and is thrown on. */
export function explain(error: unknown, file: string): Trouble {
  const result = resultCode(error);
  const why = error instanceof Error ? error.message : String(error);
  // 6: within this process; 15: many begin at once (WAL).
  if (result === BUSY || result === 6 || result === 15) {
    return trouble(
      "STORE_LOCKED",
      `${file} is locked by another process`,
      "Nothing of this change was stored; what is stored is whole.",
      `See who holds it: fuser -v ${file}`,
    );
  }
  if (result === 13) {
    return trouble(
      "STORE_FULL",
      `no space left on the disk of ${file}`,
      "Nothing of this change was stored; what is stored is whole.",
      `Make room, then try again: df -h ${file}`,
    );
  }
  const strange = result === 1 && /no such (?:table|column)|already exists/.test(why);
  if (result === 11 || result === 26 || strange) {
    return trouble(
      "STORE_CORRUPT",
      `${file} is damaged or no database${strange ? " of ours" : ""}: ${why}`,
      "Nothing was written to it.",
      `Restore a copy of it, or start anew: mv ${file} ${file}.damaged (accounts must then be imported again)`,
    );
  }
  const system = error instanceof Error && "syscall" in error ? why : undefined;
  if (result === 3 || result === 8 || result === 14 || system !== undefined) {
    return trouble(
      "STORE_UNWRITABLE",
      `cannot open ${file} for writing: ${system ?? why}`,
      "Nothing was stored.",
      "Run this as the user that owns the folder, or point `state` in the configuration to one you may write.",
    );
  }
  if (result === 10) {
    return trouble(
      "STORE_IO",
      `the disk of ${file} fails: ${why}`,
      "Nothing of this change was stored.",
      "Look at the kernel's log: dmesg | tail",
    );
  }
  throw error;
}
