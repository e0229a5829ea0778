import type { Trouble } from "../base/index.ts";

/** Digest hashes H(user:realm:password), lower-case hex. The password itself is never stored. */
export interface AccountHashes {
  readonly md5: string;
  readonly sha256: string;
  readonly sha512_256?: string;
}

/** An account as it is stored. The pair of user and domain is unique. */
export interface StoredAccount {
  readonly user: string;
  /** Lower case. */
  readonly domain: string;
  /** The realm the hashes were made for. */
  readonly realm: string;
  readonly ha1: AccountHashes;
  /** Wall milliseconds. */
  readonly created: number;
  readonly changed: number;
}

/** An account that lives in a database of somebody else's, as it was read last. A hash that its table does not give is absent. */
export interface ForeignAccount extends AccountKey {
  /** Name in its credentials, where that is not `user`. */
  readonly login?: string;
  readonly realm: string;
  readonly ha1: Partial<AccountHashes>;
  /** When we saw its last change, wall milliseconds. */
  readonly changed: number;
}

export interface AccountKey {
  readonly user: string;
  readonly domain: string;
}

/** What an account may, where that is not what everybody may. */
export interface StoredRights extends AccountKey {
  /** Dial classes; undefined: those of everybody. */
  readonly classes: readonly string[] | undefined;
  /** "+10.0.0.0/8" (permit) and "-all" (deny), in order. */
  readonly acl: readonly string[];
  /** Hash of the PIN; empty for none. */
  readonly pin: string;
}

/** A trunk that was added by command. */
export interface StoredTrunk {
  readonly name: string;
  readonly addresses: readonly string[];
  /** Empty for any. */
  readonly transport: string;
  /** Empty for any. */
  readonly fromDomain: string;
  /** Wall milliseconds. */
  readonly created: number;
}

/** A registrar binding without its flow, which does not outlive the process. */
export interface StoredBinding {
  readonly aor: string;
  /** URI text of the Contact. */
  readonly contact: string;
  /** Raw contact parameters. */
  readonly params: string;
  readonly callId: string;
  readonly cseq: number;
  /** Wall milliseconds. */
  readonly expires: number;
  /** 0..1000. */
  readonly q: number;
  readonly path: readonly string[];
  readonly instance: string;
  readonly regId: number;
  readonly userAgent: string;
  /** The way it came, e.g. `udp:203.0.113.9:5060`. */
  readonly received: string;
  readonly listener: number;
}

/** What names a binding: two flows of one phone (RFC 5626) may share a contact, so instance and reg-id count. */
export type BindingKey = Pick<StoredBinding, "aor" | "contact" | "instance" | "regId">;

/**
 * The durable memory. Every function answers a `Trouble` (STORE_FULL, STORE_LOCKED, STORE_CORRUPT, STORE_IO,
 * STORE_UNWRITABLE) instead of throwing; after one, nothing of that call is stored and the store stays usable.
 */
/** Whom a ban is about: a source or a block of addresses; of it one account, or one device of that. */
export interface BanKey {
  readonly source: string;
  readonly account: string;
  readonly device: string;
}

/** A ban as it is stored; times are wall milliseconds. */
export interface StoredBan extends BanKey {
  readonly enforced: boolean;
  readonly reason: string;
  readonly because: string;
  readonly origin: "shield" | "operator" | "list";
  readonly since: number;
  readonly until: number;
  readonly strike: number;
}

/** An account was used from a source with its password, wall milliseconds. */
export interface StoredStanding {
  readonly source: string;
  readonly account: string;
  readonly at: number;
}

export interface Store {
  /** Accounts by domain and user: all of them, or the first `limit` of those behind `after`. */
  loadAccounts(after?: AccountKey, limit?: number): Promise<StoredAccount[] | Trouble>;
  countAccounts(): Promise<number | Trouble>;
  /**
   * Adds all of them or, when some exist already, none: then those that exist are answered. An empty list: all are in.
   */
  addAccounts(accounts: readonly StoredAccount[]): Promise<AccountKey[] | Trouble>;
  /** Removes an account and its rights; false when there was none. */
  removeAccount(key: AccountKey): Promise<boolean | Trouble>;
  /** Replaces realm and hashes of an account; false when there is none. */
  setPassword(account: StoredAccount): Promise<boolean | Trouble>;
  /** Rights by domain and user: all of them, or the first `limit` of those behind `after`. */
  loadRights(after?: AccountKey, limit?: number): Promise<StoredRights[] | Trouble>;
  hasAccount(key: AccountKey): Promise<boolean | Trouble>;
  /** Undefined: it has none of its own. */
  rightsOf(key: AccountKey): Promise<StoredRights | undefined | Trouble>;
  /** Replaces the rights of an account; those that say nothing are taken away. */
  setRights(rights: StoredRights): Promise<undefined | Trouble>;
  loadTrunks(): Promise<StoredTrunk[] | Trouble>;
  /** Adds a trunk; false when there is one of that name. */
  addTrunk(trunk: StoredTrunk): Promise<boolean | Trouble>;
  /** Removes a trunk; false when there was none. */
  removeTrunk(name: string): Promise<boolean | Trouble>;
  /** Foreign accounts as they were read last, by domain and user: all, or the first `limit` of those behind `after`. */
  loadForeign(after?: AccountKey, limit?: number): Promise<ForeignAccount[] | Trouble>;
  /** Is this one among them? */
  hasForeign(key: AccountKey): Promise<boolean | Trouble>;
  /** Writes and deletes in one transaction; removals first. */
  saveForeign(upserts: readonly ForeignAccount[], removals: readonly AccountKey[]): Promise<undefined | Trouble>;
  clearForeign(): Promise<undefined | Trouble>;
  /** Writes and deletes in one transaction; removals first. */
  saveBindings(upserts: readonly StoredBinding[], removals: readonly BindingKey[]): Promise<undefined | Trouble>;
  /**
   * Bindings that live longer than `now` (wall milliseconds), by name: all of them, or the first `limit` of those behind
   * `after`. Without `after` the dead ones are deleted.
   */
  loadBindings(now: number, after?: BindingKey, limit?: number): Promise<StoredBinding[] | Trouble>;
  /**
   * Gives `take` every ban that lasts longer than `now` (wall milliseconds), while it reads; the others are deleted. Resolves to how many there
   * were. `take` must not ask the store for anything.
   */
  loadBans(now: number, take: (ban: StoredBan) => void): Promise<number | Trouble>;
  /** What a ban was decided on, as JSON; "" when there is no such ban. */
  evidenceOf(key: BanKey): Promise<string | Trouble>;
  /** Writes and deletes in one transaction; removals first. */
  saveBans(
    put: readonly (StoredBan & { readonly evidence: string })[],
    removed: readonly BanKey[],
  ): Promise<undefined | Trouble>;
  /** Standing that was noted later than `since` (wall milliseconds); the rest is deleted. */
  loadStanding(since: number): Promise<StoredStanding[] | Trouble>;
  saveStanding(rows: readonly StoredStanding[]): Promise<undefined | Trouble>;
  /** A setting that lasts, such as a secret; made by `make` and stored when there is none yet. */
  setting(name: string, make: () => string): Promise<string | Trouble>;
  setSetting(name: string, value: string): Promise<undefined | Trouble>;
  /** Checks the file from end to end; undefined: all is well. May take seconds. */
  checkIntegrity(): Promise<undefined | Trouble>;
  close(): Promise<void>;
}
