import type { Trouble } from "../base/index.ts";
import type { AccountKey, StoredAccount, StoredRights } from "../store/index.ts";

/** What this room has to know of the configuration, and the clock. */
export interface AccountPolicy {
  /** Own domains; the first is taken when none is named. */
  readonly domains: readonly string[];
  readonly realmOf: (domain: string) => string;
  /** Digest algorithms offered; SHA-512-256 is hashed only when it is among them. */
  readonly algorithms: readonly string[];
  /** Wall milliseconds. */
  readonly now: () => number;
  /** Name of the foreign source that is read besides, if there is one. */
  readonly foreign?: string | undefined;
}

/** What changed, for whoever keeps a copy. */
export interface AccountChange {
  readonly put: readonly StoredAccount[];
  readonly removed: readonly AccountKey[];
  /** Rights that are other than they were. */
  readonly rights?: readonly StoredRights[];
}

export interface AccountView extends AccountKey {
  /** "own", or the name of the foreign source it lives in. */
  readonly origin: string;
  /** Wall milliseconds; of a foreign one, when we saw its last change. */
  readonly created: number;
  readonly changed: number;
  /** Only where the account has some of its own. */
  readonly rights?: Rights;
}

interface Rights {
  /** Dial classes; null: those that everybody has. */
  readonly classes: readonly string[] | null;
  /** "+10.0.0.0/8" (permit) and "-all" (deny): the last one that matches decides. */
  readonly acl: readonly string[];
  /** Is there a PIN? */
  readonly pin: boolean;
}

/** What is absent stays as it is. */
export interface RightsRequest {
  readonly user: string;
  readonly domain?: string | undefined;
  /** Null: those that everybody has. */
  readonly classes?: readonly string[] | null | undefined;
  readonly acl?: readonly string[] | undefined;
  /** Empty: none any more. */
  readonly pin?: string | undefined;
  readonly proposePin?: boolean | undefined;
}

/** `proposedPin` is told once and kept nowhere. */
export interface RightsView extends AccountKey, Rights {
  readonly proposedPin?: string;
}

export interface AddRequest {
  /** Proposed when absent. */
  readonly user?: string | undefined;
  readonly domain?: string | undefined;
  /** Proposed when absent. */
  readonly password?: string | undefined;
  readonly allowWeak?: boolean | undefined;
}

/** `password` only when it was proposed here: it is told once and kept nowhere. */
export interface Added extends AccountKey {
  readonly password?: string;
}

/**
 * What an operator may do to accounts. Refusals are troubles: ACCOUNT_WEAK, ACCOUNT_INVALID, ACCOUNT_EXISTS,
 * ACCOUNT_UNKNOWN, ACCOUNT_FOREIGN, DOMAIN_FOREIGN, IMPORT_INVALID, RIGHTS_INVALID, and those of the store.
 */
export interface Accounts {
  add(request: AddRequest): Promise<Added | Trouble>;
  list(): Promise<AccountView[] | Trouble>;
  remove(request: { readonly user: string; readonly domain?: string | undefined }): Promise<AccountKey | Trouble>;
  passwd(request: AddRequest & { readonly user: string }): Promise<Added | Trouble>;
  setRights(request: RightsRequest): Promise<RightsView | Trouble>;
  /** All rows of a CSV text or none. */
  importCsv(request: {
    readonly csv: string;
    readonly allowWeak?: boolean | undefined;
  }): Promise<{ imported: number } | Trouble>;
}
