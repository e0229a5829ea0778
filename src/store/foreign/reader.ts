import { setImmediate } from "node:timers/promises";
import { isTrouble, type Trouble } from "../../base/index.ts";
import { ANSWER, BYTES, type ForeignEngine, ROWS, type Row } from "./engine.ts";
import { openMysql } from "./mysql.ts";
import { openPostgres } from "./postgres.ts";
import { openForeignSqlite } from "./sqlite.ts";
import { explainForeign, missingOf, missingTrouble, Silence, tooLarge } from "./trouble.ts";
import type { ForeignPlace, ForeignReader, ForeignRow, TableShape } from "./types.ts";

/** Rows between two turns of the thread's other work. */
const PORTION = 1_000;

/** Opens nothing yet: the first call does, and every call after a failure does so again. */
export function foreignReader(place: ForeignPlace, shapes: readonly TableShape[]): ForeignReader {
  let engine: ForeignEngine | undefined;
  let columns: ReadonlyMap<string, readonly string[]> = new Map();
  const patience = new Patience();

  async function attempt<T>(work: (engine: ForeignEngine) => Promise<T | Trouble>): Promise<T | Trouble> {
    try {
      if (engine?.isStale()) discard();
      if (engine === undefined) {
        const opened = await open(place);
        if (isTrouble(opened)) return opened;
        engine = opened;
      }
      return await work(engine);
    } catch (error) {
      discard();
      return explainForeign(error, place);
    }
  }

  /** Not waited for: a pool waits for answers that a cut connection will not get. */
  function discard(): void {
    void engine?.destroy().catch(() => undefined);
    engine = undefined;
  }

  return {
    marker: () =>
      attempt(async (engine) => {
        const found = await look(engine, place, shapes, patience);
        if (isTrouble(found)) return found;
        columns = found;
        const parts: string[] = [];
        for (const [table, names] of columns) {
          parts.push(`${table}(${names.join()})=${await patience.within(engine.digest(table, names))}`);
        }
        return parts.join(" ");
      }),
    read: (take, leftOut) =>
      attempt(async (engine) => {
        for (const { name, key } of shapes) {
          const names = columns.get(name) ?? [];
          const there = key.filter((c) => names.includes(c));
          const size = await patience.within(engine.size(name, names));
          if (size.rows > ROWS || size.bytes > BYTES) return tooLarge(place, name);
          if (size.long > 0) leftOut(name, size.long);
          const rows = engine.rows(name, names, there);
          const count = await forEachRow(patience, rows, (row) => take[name](textRow(row, names)));
          if (count > ROWS) return tooLarge(place, name);
        }
        return undefined;
      }),
    close: () => {
      patience.end();
      discard();
    },
  };
}

/** Columns that are there, of those we read. They may come and go while we run: asked at every look. */
async function look(
  engine: ForeignEngine,
  place: ForeignPlace,
  shapes: readonly TableShape[],
  patience: Patience,
): Promise<ReadonlyMap<string, readonly string[]> | Trouble> {
  const found = new Map<string, readonly string[]>();
  const missing: string[] = [];
  for (const shape of shapes) {
    const there = await patience.within(engine.columns(shape.name));
    missing.push(...missingOf(shape, there));
    const wanted = [...shape.needed, ...shape.oneOf, ...shape.optional];
    found.set(
      shape.name,
      wanted.filter((c) => there.includes(c)),
    );
  }
  return missing.length > 0 ? missingTrouble(place, missing) : found;
}

async function open(place: ForeignPlace): Promise<ForeignEngine | Trouble> {
  if (place.engine === "sqlite") return openForeignSqlite(place);
  const password = place.password();
  if (isTrouble(password)) return password;
  return place.engine === "postgres" ? openPostgres(place, password) : openMysql(place, password);
}

/** Ends with the last row, or when a portion takes too long. Answers how many there were. */
async function forEachRow(
  patience: Patience,
  portions: AsyncIterable<readonly Row[]>,
  take: (row: Row) => void,
): Promise<number> {
  let count = 0;
  await patience.with(async (alive) => {
    for await (const rows of portions) {
      for (const row of rows) {
        take(row);
        if (++count % PORTION === 0) await setImmediate();
      }
      alive();
    }
  });
  return count;
}

function textRow(row: Row, names: readonly string[]): ForeignRow {
  const text: Record<string, string> = {};
  for (const name of names) {
    const value = row[name];
    if (value === null || value === undefined) text[name] = "";
    // CHAR of PostgreSQL comes filled up with blanks.
    else text[name] = (value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value)).trimEnd();
  }
  return text;
}

/** A server that takes a question and never answers must not hold us for ever. */
class Patience {
  readonly #waiting = new Set<(error: Silence) => void>();

  within<T>(work: Promise<T>): Promise<T> {
    return this.with(() => work);
  }

  /** `alive`, called by the work, gives it the same time once more. */
  async with<T>(work: (alive: () => void) => Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Silence(`no answer within ${ANSWER / 1_000} s`)), ANSWER);
    this.#waiting.add(reject);
    try {
      return await Promise.race([work(() => timer.refresh()), promise]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(reject);
    }
  }

  /** Whoever waits is told at once. */
  end(): void {
    for (const reject of this.#waiting) reject(new Silence("the connection was closed"));
  }
}
