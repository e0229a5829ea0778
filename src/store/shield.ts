import type { Kysely } from "kysely";
import type { Engine, Value } from "./engine.ts";
import type { Schema } from "./schema.ts";
import type { BanKey, StoredBan, StoredStanding } from "./types.ts";

const BAN = [
  "source",
  "account",
  "device",
  "enforced",
  "reason",
  "because",
  "origin",
  "since",
  "until",
  "strike",
  "evidence",
] as const;

/** All but the evidence, which is read for one ban at a time: there may be 100,000. */
const SHORT = BAN.slice(0, -1) as readonly Exclude<(typeof BAN)[number], "evidence">[];

/** SQL that is compiled once and run per row; parameters stand in the order of the columns. */
function statementsOf(db: Kysely<Schema>) {
  const blank = Object.fromEntries(BAN.map((c) => [c, ""])) as Record<(typeof BAN)[number], never>;
  const upsert = db
    .insertInto("bans")
    .values(blank)
    .onConflict((on) =>
      on
        .columns(["source", "account", "device"])
        .doUpdateSet((e) => Object.fromEntries(BAN.slice(3).map((c) => [c, e.ref(`excluded.${c}`)]))),
    )
    .compile().sql;
  const drop = db
    .deleteFrom("bans")
    .where("source", "=", "")
    .where("account", "=", "")
    .where("device", "=", "")
    .compile().sql;
  const note = db
    .insertInto("standing")
    .values({ source: "", account: "", at: 0 })
    .onConflict((on) => on.columns(["source", "account"]).doUpdateSet((e) => ({ at: e.ref("excluded.at") })))
    .compile().sql;
  return { upsert, drop, note };
}

/** The same text for equal texts that follow each other: most bans are for one of a few reasons, and each row brings its own copy. */
function textsKeptOnce(): (column: number, text: string) => string {
  const last: string[] = [];
  return (column, text) => {
    if (last[column] !== text) last[column] = text;
    return last[column];
  };
}

/** A row of SHORT. */
function banOf(row: readonly Value[], one: (column: number, text: string) => string): StoredBan {
  return {
    source: row[0] as string,
    account: one(1, row[1] as string),
    device: one(2, row[2] as string),
    enforced: row[3] !== 0,
    reason: one(4, row[4] as string),
    because: one(5, row[5] as string),
    origin: one(6, row[6] as string) as StoredBan["origin"],
    since: row[7] as number,
    until: row[8] as number,
    strike: row[9] as number,
  };
}

/** The part of the store that keeps what the shield knows. */
export function shieldTablesOf(db: Kysely<Schema>, engine: Engine) {
  const { upsert, drop, note } = statementsOf(db);
  return {
    /** Gives those that last longer than `now`, one at a time; the others are deleted. Resolves to how many there were. */
    async loadBans(now: number, take: (ban: StoredBan) => void): Promise<number> {
      await db.deleteFrom("bans").where("until", "<=", now).execute();
      let count = 0;
      const one = textsKeptOnce();
      engine.each({ table: "bans", columns: SHORT, column: "until", least: now }, (row) => {
        count++;
        take(banOf(row, one));
      });
      return count;
    },
    /** JSON; "" when there is no such ban. */
    async evidenceOf({ source, account, device }: BanKey): Promise<string> {
      const query = db.selectFrom("bans").select("evidence").where("source", "=", source);
      const row = await query.where("account", "=", account).where("device", "=", device).executeTakeFirst();
      return row?.evidence ?? "";
    },
    saveBans: (put: readonly (StoredBan & { evidence: string })[], removed: readonly BanKey[]): Promise<undefined> =>
      db.transaction().execute(async () => {
        engine.runMany(
          drop,
          removed.map((b) => [b.source, b.account, b.device]),
        );
        engine.runMany(
          upsert,
          put.map((b) => BAN.map((c) => (c === "enforced" ? Number(b.enforced) : b[c]))),
        );
        return undefined;
      }),
    /** Those that were noted later than `since`; the others are deleted. */
    async loadStanding(since: number): Promise<StoredStanding[]> {
      await db.deleteFrom("standing").where("at", "<=", since).execute();
      const rows = await db.selectFrom("standing").selectAll().execute();
      return rows.map(({ source, account, at }) => ({ source, account, at }));
    },
    saveStanding: (rows: readonly StoredStanding[]): Promise<undefined> =>
      db.transaction().execute(async () => {
        engine.runMany(
          note,
          rows.map((r) => [r.source, r.account, r.at]),
        );
        return undefined;
      }),
  };
}
