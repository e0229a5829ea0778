import type { AccountChange } from "../accounts/index.ts";
import type { Account } from "../auth/index.ts";
import { aorOfAccount } from "../policy/index.ts";
import type { AccountKey, ForeignAccount } from "../store/index.ts";

/** What has changed among foreign accounts. */
export interface ForeignChange {
  readonly put: readonly ForeignAccount[];
  readonly removed: readonly AccountKey[];
}

/** How the signalling thread is told. */
export type TellAccounts = (put: readonly Account[], removed: readonly string[]) => void;

/**
 * Who has an account where there are two sources: one that is both ours and foreign is ours, until we remove it
 * (docs/decisions/010). Everything that changes goes through here to the signalling thread.
 */
export class Directory {
  readonly #tell: TellAccounts;
  readonly #tracks: boolean;
  readonly #own = new Set<string>();
  readonly #foreign = new Map<string, ForeignAccount>();
  /** Names that both have. */
  #both = 0;

  /** `tracks`: whether there are foreign accounts at all; without them own names need not be kept here. */
  constructor(tell: TellAccounts, tracks: boolean) {
    this.#tell = tell;
    this.#tracks = tracks;
  }

  /** Foreign accounts that count, since we have none of that name. */
  get foreignOnly(): number {
    return this.#foreign.size - this.#both;
  }

  get foreignSize(): number {
    return this.#foreign.size;
  }

  /** Our own accounts have changed, or are heard of for the first time. */
  ownChanged({ put, removed }: AccountChange): void {
    for (const key of this.#tracks ? put : []) {
      if (!this.#own.has(nameOf(key)) && this.#foreign.has(nameOf(key))) this.#both++;
      this.#own.add(nameOf(key));
    }
    const revived: Account[] = [];
    const gone: string[] = [];
    for (const key of removed) {
      const foreign = this.#foreign.get(nameOf(key));
      if (this.#own.delete(nameOf(key)) && foreign !== undefined) this.#both--;
      if (foreign === undefined) gone.push(aorOfAccount(key.user, key.domain));
      else revived.push(edgeAccount(foreign));
    }
    const told = [...put.map(edgeAccount), ...revived];
    if (told.length > 0 || gone.length > 0) this.#tell(told, gone);
  }

  /** What has to be done so that the foreign accounts are those of `next`. */
  difference(next: ReadonlyMap<string, ForeignAccount>): ForeignChange {
    const put: ForeignAccount[] = [];
    for (const [name, account] of next) {
      const known = this.#foreign.get(name);
      if (known === undefined || !isSame(known, account)) put.push(account);
    }
    const removed: AccountKey[] = [];
    for (const [name, { user, domain }] of this.#foreign) if (!next.has(name)) removed.push({ user, domain });
    return { put, removed };
  }

  foreignChanged({ put, removed }: ForeignChange): void {
    const told: Account[] = [];
    for (const account of put) {
      const name = nameOf(account);
      const ours = this.#own.has(name);
      if (ours && !this.#foreign.has(name)) this.#both++;
      this.#foreign.set(name, account);
      if (!ours) told.push(edgeAccount(account));
    }
    const gone: string[] = [];
    for (const key of removed) {
      const ours = this.#own.has(nameOf(key));
      if (this.#foreign.delete(nameOf(key)) && ours) this.#both--;
      if (!ours) gone.push(aorOfAccount(key.user, key.domain));
    }
    if (told.length > 0 || gone.length > 0) this.#tell(told, gone);
  }

  foreignAccounts(): IterableIterator<ForeignAccount> {
    return this.#foreign.values();
  }
}

/** What the signalling thread is told of an account. */
export function edgeAccount({ user, domain, login, ha1 }: Account): Account {
  return login === undefined ? { user, domain, ha1 } : { user, domain, login, ha1 };
}

function isSame(a: ForeignAccount, b: ForeignAccount): boolean {
  return (
    a.ha1.md5 === b.ha1.md5 &&
    a.ha1.sha256 === b.ha1.sha256 &&
    a.ha1.sha512_256 === b.ha1.sha512_256 &&
    a.realm === b.realm &&
    a.login === b.login
  );
}

function nameOf({ user, domain }: AccountKey): string {
  return `${user}@${domain}`;
}
