import { ha1 } from "../../auth/index.ts";
import type { AccountHashes, ForeignAccount } from "../../store/index.ts";
import { domainFault, loginFault, passwordFault, userFault } from "../rules.ts";
import type { AccountPolicy } from "../types.ts";

/** Faults that are told in words; the rest is counted. */
const TOLD = 5;

/** What a row says about the secret; "" where it says nothing. */
export interface Secrets {
  readonly password: string;
  readonly md5: string;
  readonly sha256: string;
  readonly sha512_256: string;
}

export const NO_SECRETS: Secrets = { password: "", md5: "", sha256: "", sha512_256: "" };

/** Which row: put into words only when something is wrong with it. */
interface Place {
  readonly table: string;
  readonly key: string;
}

/** Accounts and faults of one reading of foreign tables. A row with a fault is left out and harms no other. */
export class Gathering {
  /** By "user@domain". */
  readonly accounts = new Map<string, ForeignAccount>();
  /** Rows that were left out. */
  faults = 0;
  /** The first of them in words. */
  readonly told: string[] = [];
  /** Accounts without a hash for the algorithm that is offered first: phones that know it cannot log in. */
  lacking = 0;
  readonly #policy: AccountPolicy;
  readonly #domain: string;

  /** `domain` is taken where a row names none. */
  constructor(policy: AccountPolicy, domain: string) {
    this.#policy = policy;
    this.#domain = domain;
  }

  /** Our realm for the domain of a row. */
  realmOf(domain: string): string {
    return this.#policy.realmOf(domain === "" ? this.#domain : domain.toLowerCase());
  }

  fault({ table, key }: Place, what: string): void {
    this.faults++;
    if (this.told.length < TOLD) this.told.push(`${table} ${JSON.stringify(key.slice(0, 70))}: ${what}`);
  }

  /** Rows that were not even read: a value in them is longer than any that means something. */
  leftOut(table: string, rows: number): void {
    this.faults += rows;
    if (this.told.length < TOLD) this.told.push(`${table}: ${rows} rows hold a value of more than 4,096 bytes`);
  }

  /**
   * Takes one account. `realm`: the one that hashes of the table were made for; "" when the table does not say. `login`: the name in its
   * credentials, with which they were made.
   */
  add(row: Place, user: string, domain: string, realm: string, secrets: Secrets, login = user): void {
    const name = domain === "" ? this.#domain : domain.toLowerCase();
    const ours = this.realmOf(name);
    const key = `${user}@${name}`;
    const what =
      prefixed("user name", userFault(user)) ??
      (login === user ? undefined : prefixed("login name", loginFault(login))) ??
      prefixed("domain", domainFault(name, this.#policy)) ??
      secretFault(secrets, realm, ours) ??
      (this.accounts.has(key) ? `${key} is there already, in a row before` : undefined);
    if (what !== undefined) {
      this.fault(row, what);
      return;
    }
    const hashes = hashesOf(login, ours, secrets, this.#policy);
    if (!hasHash(hashes, this.#policy.algorithms[0])) this.lacking++;
    const account = { user, domain: name, realm: ours, ha1: hashes, changed: 0 };
    this.accounts.set(key, login === user ? account : { ...account, login });
  }
}

function prefixed(name: string, fault: string | undefined): string | undefined {
  return fault === undefined ? undefined : `${name}: ${fault}`;
}

function secretFault(s: Secrets, realm: string, ours: string): string | undefined {
  if (s.password === "" && s.md5 === "" && s.sha256 === "" && s.sha512_256 === "") {
    return "neither password nor hash: nobody could prove to be it";
  }
  const password = s.password === "" ? undefined : passwordFault(s.password);
  const hashed = s.md5 !== "" || s.sha256 !== "" || s.sha512_256 !== "";
  return (
    prefixed("password", password) ??
    lengthFault("MD5", s.md5, 32) ??
    lengthFault("SHA-256", s.sha256, 64) ??
    lengthFault("SHA-512-256", s.sha512_256, 64) ??
    (hashed && realm !== "" && realm !== ours
      ? `its hash was made for the realm ${JSON.stringify(realm.slice(0, 70))}, ours is ${JSON.stringify(ours)} (sip.realm)`
      : undefined)
  );
}

/** The hash itself is never told. */
function lengthFault(algorithm: string, hash: string, length: number): string | undefined {
  if (hash === "" || (hash.length === length && /^[0-9a-fA-F]+$/.test(hash))) return undefined;
  return `found no ${algorithm} hash (${hash.length} characters), expected ${length} hexadecimal digits`;
}

/** Hashes of the table as they are; of the password those that it does not give. */
function hashesOf(login: string, realm: string, s: Secrets, policy: AccountPolicy): Partial<AccountHashes> {
  const hashes: { -readonly [K in keyof AccountHashes]?: string } = {};
  const { password } = s;
  if (s.md5 !== "") hashes.md5 = s.md5.toLowerCase();
  else if (password !== "") hashes.md5 = ha1("MD5", login, realm, password);
  if (s.sha256 !== "") hashes.sha256 = s.sha256.toLowerCase();
  else if (password !== "") hashes.sha256 = ha1("SHA-256", login, realm, password);
  if (s.sha512_256 !== "") hashes.sha512_256 = s.sha512_256.toLowerCase();
  else if (password !== "" && policy.algorithms.includes("SHA-512-256")) {
    hashes.sha512_256 = ha1("SHA-512-256", login, realm, password);
  }
  return hashes;
}

function hasHash(hashes: Partial<AccountHashes>, algorithm: string | undefined): boolean {
  if (algorithm === "MD5") return hashes.md5 !== undefined;
  return algorithm === "SHA-256" ? hashes.sha256 !== undefined : hashes.sha512_256 !== undefined;
}
