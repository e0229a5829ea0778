import { LIMITS } from "../base/index.ts";
import { nonceTime, nonceWord } from "./nonce.ts";

/** `new`: never seen. `again`: the very same request once more, a retransmission. `replayed`: neither, ask for a new nonce. */
export type NonceUse = "new" | "again" | "replayed";

const WAYS = 4;
/** Words of one entry: two of the MAC, the highest nc, a bit for each of the 32 counts up to it, and four request hashes. */
const WORDS = 8;
const HASHES = 4;

/**
 * Which nonce counts were used (RFC 7616 3.3 "nc"), for a bounded number of nonces, in one block of memory.
 *
 * A table of sets of four: a full set lets its oldest nonce go and from then on takes no unknown nonce as old as that one,
 * so what was forgotten cannot be replayed. Counts may come out of order, up to 31 behind the highest.
 * Only nonces of ours with a right response may be entered: then nobody without a password can push others out.
 */
export class NonceCounts {
  readonly #sets: number;
  readonly #words: Uint32Array;
  /** When each nonce was made; 0 for an empty entry. */
  readonly #made: Float64Array;
  /** Of each set: when the youngest nonce that was let go had been made. */
  readonly #floor: Float64Array;

  constructor(nonces: number = LIMITS.nonces) {
    // A power of two, so that a set is found by a mask.
    this.#sets = 2 ** Math.max(0, Math.floor(Math.log2(nonces / WAYS)));
    this.#words = new Uint32Array(this.#sets * WAYS * WORDS);
    this.#made = new Float64Array(this.#sets * WAYS);
    this.#floor = new Float64Array(this.#sets);
  }

  /** Enters that `nonce` (one of ours) was used with count `nc` for the request that hashes to `requestHash` (32 bits). */
  use(nonce: string, nc: number, requestHash: number): NonceUse {
    const a = nonceWord(nonce, 0);
    const b = nonceWord(nonce, 1);
    const set = a & (this.#sets - 1);
    let oldest = set * WAYS;
    for (let entry = set * WAYS; entry < (set + 1) * WAYS; entry++) {
      if (this.#words[entry * WORDS] === a && this.#words[entry * WORDS + 1] === b && this.#made[entry] !== 0) {
        return this.#count(entry * WORDS, nc, requestHash >>> 0);
      }
      if (this.#made[entry] < this.#made[oldest]) oldest = entry;
    }
    return this.#enter(set, oldest, nonce, nc, requestHash >>> 0);
  }

  #enter(set: number, entry: number, nonce: string, nc: number, hash: number): NonceUse {
    const made = nonceTime(nonce);
    if (nc === 0 || made <= this.#floor[set]) return "replayed";
    // Older than all four that are kept: to enter it and let go a younger one would close the set for the younger ones.
    if (made < this.#made[entry]) return "replayed";
    this.#floor[set] = this.#made[entry];
    this.#made[entry] = made;
    const at = entry * WORDS;
    this.#words[at] = nonceWord(nonce, 0);
    this.#words[at + 1] = nonceWord(nonce, 1);
    this.#words[at + 2] = nc;
    this.#words[at + 3] = 1;
    this.#words.fill(0, at + 4, at + WORDS);
    this.#words[at + 4 + (nc % HASHES)] = hash;
    return "new";
  }

  #count(at: number, nc: number, hash: number): NonceUse {
    const words = this.#words;
    const highest = words[at + 2];
    const behind = highest - nc;
    if (behind > 31 || nc === 0) return "replayed";
    if (behind < 0) {
      words[at + 3] = behind < -31 ? 1 : (words[at + 3] << -behind) | 1;
      words[at + 2] = nc;
    } else {
      const bit = 1 << behind;
      if ((words[at + 3] & bit) !== 0) {
        return behind < HASHES && words[at + 4 + (nc % HASHES)] === hash ? "again" : "replayed";
      }
      words[at + 3] |= bit;
    }
    if (behind < HASHES) words[at + 4 + (nc % HASHES)] = hash;
    return "new";
  }
}
