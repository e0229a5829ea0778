/**
 * A map with a cap, in two generations: when the young one holds half of it, the old one is forgotten whole and they change
 * places. So an entry stays for at least `cap / 2` newer ones, and forgetting costs nothing; taking the oldest out of one Map,
 * entry by entry, has it walk over the holes of those taken before.
 */
export class BoundedMap<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #half: number;

  constructor(cap: number) {
    this.#half = Math.max(1, cap >> 1);
  }
  get size(): number {
    return this.#young.size + this.#old.size;
  }
  get(key: K): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }
  set(key: K, value: V): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#old.delete(key);
    this.#young.set(key, value);
  }
  *values(): Generator<V> {
    yield* this.#young.values();
    yield* this.#old.values();
  }
  delete(key: K): boolean {
    const young = this.#young.delete(key);
    return this.#old.delete(key) || young;
  }
}
