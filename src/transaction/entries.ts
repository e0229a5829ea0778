import { offHeap } from "./off-heap.ts";

/**
 * Words of an entry: both lanes of the key's hash, the next of its bucket, its text, its kind; then its time as a double.
 * 32 bytes, so that looking at one costs one cache line.
 */
const LANE0 = 0;
const LANE1 = 1;
const NEXT = 2;
const TEXT = 3;
const KIND = 4;
const WORDS = 8;
const UNTIL = 3;
const DOUBLES = 4;

const HEADS_SHIFT = 12;
const HEADS = 1 << HEADS_SHIFT;

/**
 * A hash table of fixed records outside the garbage collector's heap: a ring of pages of records, oldest first, and buckets
 * that point into it. Both grow a little at a time, so no call ever pays for a rehash: pages one by one, buckets by linear
 * hashing (Litwin 1980). Records are named by a number that is good until the ring comes round.
 */
export class Entries {
  readonly #shift: number;
  readonly #pageSize: number;
  readonly #maxPages: number;
  readonly #words: Int32Array[] = [];
  readonly #doubles: Float64Array[] = [];
  /** Next page of the ring, and the latest `until` in it; by page. */
  readonly #next: number[] = [];
  readonly #latest: number[] = [];
  #page = -1;
  #slot = 0;
  /** Heads of the buckets, as entry + 1; 0 is none. */
  readonly #heads: Int32Array[] = [];
  #buckets = 0;
  #mask = 0;
  #count = 0;

  /** `cap`: 4 to 2^26 records. */
  constructor(cap: number) {
    if (!(cap >= 4 && cap <= 2 ** 26)) throw new RangeError(`table of ${cap} entries`);
    this.#shift = Math.min(12, Math.floor(Math.log2(cap / 4)));
    this.#pageSize = 1 << this.#shift;
    this.#maxPages = Math.floor(cap / this.#pageSize);
  }

  /** Bytes taken from the machine. */
  get taken(): number {
    return this.#words.length * this.#pageSize * WORDS * 4 + this.#heads.length * HEADS * 4;
  }

  /** The record with this hash, -1 for none. */
  find(lane0: number, lane1: number): number {
    if (this.#buckets === 0) return -1;
    const bucket = this.#bucket(lane0);
    let id = this.#heads[bucket >> HEADS_SHIFT][bucket & (HEADS - 1)] - 1;
    while (id >= 0) {
      const words = this.#words[id >>> this.#shift];
      const at = (id & (this.#pageSize - 1)) * WORDS;
      if (words[at + LANE0] === lane0 && words[at + LANE1] === lane1) return id;
      id = words[at + NEXT] - 1;
    }
    return -1;
  }

  kind(id: number): number {
    return this.#words[id >>> this.#shift][(id & (this.#pageSize - 1)) * WORDS + KIND];
  }

  /** Position of its text, -1 for none. */
  text(id: number): number {
    return this.#words[id >>> this.#shift][(id & (this.#pageSize - 1)) * WORDS + TEXT];
  }

  until(id: number): number {
    return this.#doubles[id >>> this.#shift][(id & (this.#pageSize - 1)) * DOUBLES + UNTIL];
  }

  /**
   * The place for the next record, to be filled by `fill`. When `kind` of it is not 0, an older record is there and has to be
   * removed first.
   */
  place(now: number): number {
    if (this.#page < 0 || this.#slot === this.#pageSize) this.#turn(now);
    const id = (this.#page << this.#shift) | this.#slot;
    this.#slot++;
    return id;
  }

  fill(id: number, lane0: number, lane1: number, kind: number, text: number, until: number): void {
    // Two buckets for each entry: most keys that are looked up are new, and find an empty bucket.
    while (2 * this.#count >= this.#buckets) this.#split();
    const page = id >>> this.#shift;
    const slot = id & (this.#pageSize - 1);
    const words = this.#words[page];
    const at = slot * WORDS;
    const bucket = this.#bucket(lane0);
    const heads = this.#heads[bucket >> HEADS_SHIFT];
    words[at + LANE0] = lane0;
    words[at + LANE1] = lane1;
    words[at + NEXT] = heads[bucket & (HEADS - 1)];
    words[at + TEXT] = text;
    words[at + KIND] = kind;
    heads[bucket & (HEADS - 1)] = id + 1;
    this.#doubles[page][slot * DOUBLES + UNTIL] = until;
    if (until > this.#latest[page]) this.#latest[page] = until;
    this.#count++;
  }

  remove(id: number): void {
    const words = this.#words[id >>> this.#shift];
    const at = (id & (this.#pageSize - 1)) * WORDS;
    const bucket = this.#bucket(words[at + LANE0]);
    const heads = this.#heads[bucket >> HEADS_SHIFT];
    const next = words[at + NEXT];
    let before = heads[bucket & (HEADS - 1)] - 1;
    if (before === id) heads[bucket & (HEADS - 1)] = next;
    else {
      for (;;) {
        const beforeWords = this.#words[before >>> this.#shift];
        const beforeAt = (before & (this.#pageSize - 1)) * WORDS;
        const follower = beforeWords[beforeAt + NEXT] - 1;
        if (follower === id) {
          beforeWords[beforeAt + NEXT] = next;
          break;
        }
        before = follower;
      }
    }
    words[at + KIND] = 0;
    this.#count--;
  }

  /** Forgets everything and gives all memory back. */
  clear(): void {
    this.#words.length = 0;
    this.#doubles.length = 0;
    this.#next.length = 0;
    this.#latest.length = 0;
    this.#heads.length = 0;
    this.#page = -1;
    this.#buckets = 0;
    this.#mask = 0;
    this.#count = 0;
  }

  #bucket(lane0: number): number {
    const bucket = lane0 & this.#mask;
    return bucket < this.#buckets ? bucket : lane0 & (this.#mask >> 1);
  }

  /** Goes to the next page: the oldest when nothing in it is wanted any more or no other may be taken. */
  #turn(now: number): void {
    const oldest = this.#page < 0 ? -1 : this.#next[this.#page];
    this.#slot = 0;
    if (oldest >= 0 && (this.#latest[oldest] <= now || this.#words.length === this.#maxPages)) {
      this.#page = oldest;
      this.#latest[oldest] = 0;
      return;
    }
    const added = this.#words.length;
    const memory = offHeap(this.#pageSize * WORDS * 4);
    this.#words.push(new Int32Array(memory));
    this.#doubles.push(new Float64Array(memory));
    this.#latest.push(0);
    this.#next.push(oldest < 0 ? added : oldest);
    if (this.#page >= 0) this.#next[this.#page] = added;
    this.#page = added;
  }

  /** One bucket more: the records of the bucket whose turn it is are shared with it. */
  #split(): void {
    if (this.#buckets === 0) {
      this.#heads.push(new Int32Array(offHeap(HEADS * 4)));
      this.#buckets = HEADS;
      this.#mask = HEADS - 1;
      return;
    }
    const added = this.#buckets;
    if (added > this.#mask) this.#mask = 2 * this.#mask + 1;
    if ((added & (HEADS - 1)) === 0) this.#heads.push(new Int32Array(offHeap(HEADS * 4)));
    const from = added & (this.#mask >> 1);
    const heads = this.#heads[from >> HEADS_SHIFT];
    let id = heads[from & (HEADS - 1)] - 1;
    let stay = 0;
    let move = 0;
    while (id >= 0) {
      const words = this.#words[id >>> this.#shift];
      const at = (id & (this.#pageSize - 1)) * WORDS;
      const next = words[at + NEXT] - 1;
      if ((words[at + LANE0] & this.#mask) === added) {
        words[at + NEXT] = move;
        move = id + 1;
      } else {
        words[at + NEXT] = stay;
        stay = id + 1;
      }
      id = next;
    }
    heads[from & (HEADS - 1)] = stay;
    this.#heads[added >> HEADS_SHIFT][added & (HEADS - 1)] = move;
    this.#buckets = added + 1;
  }
}
