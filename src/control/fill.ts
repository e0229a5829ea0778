import { isTrouble, type Trouble } from "../base/index.ts";
import { type AccountRights, packRows } from "../edge/index.ts";
import { aorOfAccount } from "../policy/index.ts";
import type { AccountKey, BindingKey, Store, StoredAccount, StoredRights } from "../store/index.ts";
import type { Trunks } from "../trunks/index.ts";
import type { Directory } from "./directory.ts";
import type { EdgeThread } from "./edge-thread.ts";

/** Rows read and told at once: what waits between the threads, and the garbage that reading leaves, stays small. */
const PAGE = 2_000;

export interface Filled {
  readonly accounts: number;
  readonly registrations: number;
}

/** Tells the signalling thread every own account, what each account may, every trunk, and every binding that still lives. Answers how many. */
export async function fill(
  edge: EdgeThread,
  store: Store,
  trunks: Trunks,
  directory: Directory,
  now: number,
): Promise<Filled | Trouble> {
  const accounts = await pages<StoredAccount, AccountKey>(
    (after) => store.loadAccounts(after, PAGE),
    async (page) => {
      directory.ownChanged({ put: page, removed: [] });
      await edge.ask({ what: "taken" });
    },
  );
  if (isTrouble(accounts)) return accounts;
  const rights = await pages<StoredRights, AccountKey>(
    (after) => store.loadRights(after, PAGE),
    async (page) => {
      edge.tell({ kind: "rights", put: page.map(toRights) });
      await edge.ask({ what: "taken" });
    },
  );
  if (isTrouble(rights)) return rights;
  const known = await trunks.list();
  if (isTrouble(known)) return known;
  edge.tell({ kind: "trunks", put: known.filter((t) => t.origin !== "hidden"), removed: [] });
  const registrations = await pages(
    (after: BindingKey | undefined) => store.loadBindings(now, after, PAGE),
    async (page) => {
      edge.tell({ kind: "restore", rows: packRows(page) });
      await edge.ask({ what: "taken" });
    },
  );
  return isTrouble(registrations) ? registrations : { accounts, registrations };
}

export function toRights({ user, domain, classes, acl, pin }: StoredRights): AccountRights {
  return { aor: aorOfAccount(user, domain), classes, acl, pin };
}

/** Reads page after page, each behind the last row of the one before. */
async function pages<Row extends Key, Key>(
  load: (after: Key | undefined) => Promise<Row[] | Trouble>,
  take: (page: readonly Row[]) => Promise<void>,
): Promise<number | Trouble> {
  let total = 0;
  for (let after: Key | undefined; ; ) {
    const page = await load(after);
    if (isTrouble(page)) return page;
    if (page.length > 0) await take(page);
    total += page.length;
    if (page.length < PAGE) return total;
    after = page[page.length - 1];
  }
}
