import { type Cidr, inCidr, parseCidr } from "../base/index.ts";
import { neighbourhoodOf } from "./source.ts";

/** How long a success speaks for a source and its account, ms. */
const LASTS = 86_400_000;
/** Pairs of source and account; beyond it new ones are not noted. */
const MOST = 262_144;

/**
 * Who is known here: sources from which an account was used with its password within a day, and addresses that the operator has named (never-list,
 * trunks, phone systems). The first are spared by account, the second altogether.
 */
export class Standing {
  readonly #sources = new Map<string, Map<string, number>>();
  /** How many sources with standing each /24 or /48 holds. */
  readonly #blocks = new Map<string, number>();
  #pairs = 0;
  #never: readonly Cidr[] = [];

  get size(): number {
    return this.#pairs;
  }

  /** The addresses that are never muted or banned, whatever comes from them. */
  setNever(blocks: readonly Cidr[]): void {
    this.#never = blocks;
  }

  /** An account was used from there with its password. False: it was known already, and only the time is new. */
  note(source: string, account: string, at: number): boolean {
    const accounts = this.#sources.get(source);
    if (accounts?.has(account) === true) {
      accounts.set(account, at);
      return false;
    }
    if (this.#pairs >= MOST) return false;
    this.#pairs++;
    if (accounts !== undefined) accounts.set(account, at);
    else {
      this.#sources.set(source, new Map([[account, at]]));
      const block = neighbourhoodOf(source);
      this.#blocks.set(block, (this.#blocks.get(block) ?? 0) + 1);
    }
    return true;
  }

  /** Has this account standing at that source? */
  has(source: string, account: string, now: number): boolean {
    const at = this.#sources.get(source)?.get(account);
    return at !== undefined && now - at < LASTS;
  }

  /** Accounts with standing at that source. */
  at(source: string, now: number): string[] {
    const accounts = this.#sources.get(source);
    return accounts === undefined ? [] : [...accounts].filter(([, at]) => now - at < LASTS).map(([account]) => account);
  }

  /** Sources at which this account has standing. It looks at all there are: for commands. */
  sourcesOf(account: string, now: number): string[] {
    const found: string[] = [];
    for (const [source, accounts] of this.#sources) {
      const at = accounts.get(account);
      if (at !== undefined && now - at < LASTS) found.push(source);
    }
    return found;
  }

  hasAny(source: string, now: number): boolean {
    const accounts = this.#sources.get(source);
    if (accounts === undefined) return false;
    for (const at of accounts.values()) if (now - at < LASTS) return true;
    return false;
  }

  /** Is this source, or any of this block, on the never-list? */
  isNever(source: string): boolean {
    const block = parseCidr(source);
    return block !== undefined && this.#never.some((n) => inCidr(n, block.ip) || inCidr(block, n.ip));
  }

  /** Does a /24 or /48 hold a source with standing? */
  isIn(block: string): boolean {
    return this.#blocks.has(block);
  }

  /** Forgets what is older than a day. */
  sweep(now: number): void {
    for (const [source, accounts] of this.#sources) {
      for (const [account, at] of accounts) {
        if (now - at < LASTS) continue;
        accounts.delete(account);
        this.#pairs--;
      }
      if (accounts.size === 0) this.#forget(source);
    }
  }

  /** All of it: source, account, when. */
  *all(): Generator<readonly [source: string, account: string, at: number]> {
    for (const [source, accounts] of this.#sources) for (const [account, at] of accounts) yield [source, account, at];
  }

  #forget(source: string): void {
    this.#sources.delete(source);
    const block = neighbourhoodOf(source);
    const left = (this.#blocks.get(block) ?? 1) - 1;
    if (left === 0) this.#blocks.delete(block);
    else this.#blocks.set(block, left);
  }
}
