import type { KeyHash } from "./key-hash.ts";

/** What lies in a `HashTable`. The table alone writes these but `key`. */
export interface Hashed {
  readonly key: string;
  hash0: number;
  hash1: number;
  /** The next in its bucket. */
  after: Hashed | null;
}

/**
 * A hash table of objects that come and go fast, found by `key`. What is removed is referred to by nothing any more. A `Map`
 * is not like that: when its array of entries is full of deleted ones it takes a new one, and the old one keeps what it held,
 * and the new one, alive for as long as it lies in the collector's old generation; so half of all short-lived transactions
 * ended up there (docs/performance.md).
 *
 * Buckets grow one by one (linear hashing), so no call pays for a rehash.
 */
export class HashTable<T extends Hashed> {
  readonly #hash: KeyHash;
  readonly #buckets: (T | null)[] = [null, null];
  #mask = 1;
  #size = 0;

  constructor(hash: KeyHash) {
    this.#hash = hash;
  }

  get size(): number {
    return this.#size;
  }

  find(key: string): T | undefined {
    const hash = this.#hash;
    hash.of(key);
    const { hash0, hash1 } = hash;
    let item = this.#buckets[this.#bucket(hash0)];
    while (item !== null) {
      if (item.hash1 === hash1 && item.hash0 === hash0 && item.key === key) return item;
      item = item.after as T | null;
    }
    return undefined;
  }

  /** Puts it in; one with the same key must not be there. */
  add(item: T): void {
    this.#hash.of(item.key);
    item.hash0 = this.#hash.hash0;
    item.hash1 = this.#hash.hash1;
    this.#size++;
    if (this.#size > this.#buckets.length) this.#split();
    const bucket = this.#bucket(item.hash0);
    item.after = this.#buckets[bucket];
    this.#buckets[bucket] = item;
  }

  /** Takes it out. False when it was not there. */
  remove(item: T): boolean {
    const bucket = this.#bucket(item.hash0);
    let before: T | null = null;
    let at = this.#buckets[bucket];
    while (at !== null && at !== item) {
      before = at;
      at = at.after as T | null;
    }
    if (at === null) return false;
    if (before === null) this.#buckets[bucket] = item.after as T | null;
    else before.after = item.after;
    item.after = null;
    this.#size--;
    return true;
  }

  /** Shows every item, in no order, to one who must not put in or take out meanwhile. */
  each(visit: (item: T) => void): void {
    for (const bucket of this.#buckets)
      for (let item = bucket; item !== null; item = item.after as T | null) visit(item);
  }

  #bucket(hash0: number): number {
    const bucket = hash0 & this.#mask;
    return bucket < this.#buckets.length ? bucket : hash0 & (this.#mask >> 1);
  }

  /** One bucket more: the bucket whose turn it is shares its items with it. */
  #split(): void {
    const added = this.#buckets.length;
    if (added > this.#mask) this.#mask = 2 * this.#mask + 1;
    const from = added & (this.#mask >> 1);
    let item = this.#buckets[from];
    let stay: T | null = null;
    let move: T | null = null;
    while (item !== null) {
      const next = item.after as T | null;
      if ((item.hash0 & this.#mask) === added) {
        item.after = move;
        move = item;
      } else {
        item.after = stay;
        stay = item;
      }
      item = next;
    }
    this.#buckets[from] = stay;
    this.#buckets.push(move);
  }
}
