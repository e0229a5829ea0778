/** A map with a cap: when full, the oldest entry makes room. Insertion order is age; `set` of a known key keeps its age. */
export class BoundedMap<K, V> {
  readonly #map = new Map<K, V>();
  readonly #cap: number;
  evicted = 0;

  constructor(cap: number) {
    this.#cap = cap;
  }
  get size(): number {
    return this.#map.size;
  }
  get(key: K): V | undefined {
    return this.#map.get(key);
  }
  set(key: K, value: V): void {
    if (this.#map.size >= this.#cap && !this.#map.has(key)) {
      const oldest = this.#map.keys().next();
      if (!oldest.done) this.#map.delete(oldest.value);
      this.evicted++;
    }
    this.#map.set(key, value);
  }
  delete(key: K): boolean {
    return this.#map.delete(key);
  }
}
