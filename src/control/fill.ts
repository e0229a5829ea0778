import { isTrouble, type Trouble } from "../base/index.ts";
import { packRows } from "../edge/index.ts";
import type { AccountKey, BindingKey, Store, StoredAccount } from "../store/index.ts";
import type { Directory } from "./directory.ts";
import type { EdgeThread } from "./edge-thread.ts";

/** Rows read and told at once: what waits between the threads, and the garbage that reading leaves, stays small. */
const PAGE = 2_000;

export interface Filled {
  readonly accounts: number;
  readonly registrations: number;
}

/** Tells the signalling thread every own account and every binding that still lives. Answers how many. */
export async function fill(
  edge: EdgeThread,
  store: Store,
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
  const registrations = await pages(
    (after: BindingKey | undefined) => store.loadBindings(now, after, PAGE),
    async (page) => {
      edge.tell({ kind: "restore", rows: packRows(page) });
      await edge.ask({ what: "taken" });
    },
  );
  return isTrouble(registrations) ? registrations : { accounts, registrations };
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
