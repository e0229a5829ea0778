import type { Kysely } from "kysely";
import type { RightsRow, Schema } from "./schema.ts";
import type { AccountKey, StoredRights, StoredTrunk } from "./types.ts";

/** Rights by domain and user: all of them, or the first `limit` of those behind `after`. */
export async function loadRights(db: Kysely<Schema>, after?: AccountKey, limit?: number): Promise<StoredRights[]> {
  let query = db.selectFrom("account_rights").selectAll().orderBy("domain").orderBy("user");
  if (after !== undefined) {
    const { domain, user } = after;
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple("domain", "user"), ">", tuple(domain, user)));
  }
  if (limit !== undefined) query = query.limit(limit);
  return (await query.execute()).map(readRights);
}

export async function rightsOf(db: Kysely<Schema>, { domain, user }: AccountKey): Promise<StoredRights | undefined> {
  const query = db.selectFrom("account_rights").selectAll().where("domain", "=", domain).where("user", "=", user);
  const row = await query.executeTakeFirst();
  return row && readRights(row);
}

/** Rights that say nothing are no row. */
export async function setRights(db: Kysely<Schema>, rights: StoredRights): Promise<undefined> {
  const { user, domain, classes, acl, pin } = rights;
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom("account_rights").where("domain", "=", domain).where("user", "=", user).execute();
    if (classes === undefined && acl.length === 0 && pin === "") return;
    const row = { user, domain, classes: classes?.join(" ") ?? null, acl: acl.join(" "), pin };
    await trx.insertInto("account_rights").values(row).execute();
  });
  return undefined;
}

export async function loadTrunks(db: Kysely<Schema>): Promise<StoredTrunk[]> {
  const rows = await db.selectFrom("trunks").selectAll().orderBy("name").execute();
  return rows.map(({ name, addresses, transport, from_domain, created }) => {
    return { name, addresses: words(addresses), transport, fromDomain: from_domain, created: Number(created) };
  });
}

/** False when there is one of that name. */
export async function addTrunk(db: Kysely<Schema>, trunk: StoredTrunk): Promise<boolean> {
  const { name, addresses, transport, fromDomain, created } = trunk;
  const row = { name, addresses: addresses.join(" "), transport, from_domain: fromDomain, created };
  const done = await db
    .insertInto("trunks")
    .values(row)
    .onConflict((on) => on.column("name").doNothing())
    .executeTakeFirst();
  return (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** False when there was none. */
export async function removeTrunk(db: Kysely<Schema>, name: string): Promise<boolean> {
  const done = await db.deleteFrom("trunks").where("name", "=", name).executeTakeFirst();
  return done.numDeletedRows > 0n;
}

function readRights({ user, domain, classes, acl, pin }: RightsRow): StoredRights {
  return { user, domain, classes: classes === null ? undefined : words(classes), acl: words(acl), pin };
}

/** Lists lie in one column, their words have no space. */
function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}
