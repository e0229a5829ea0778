/** No key is longer: it is made of parts of one message, each at most once. */
const LONGEST = 1 << 17;

/**
 * 64 bits of HalfSipHash-1-3 (Aumasson and Bernstein; what Linux keys its hash tables by) over a latin1 text, with a secret
 * of 64 random bits: strangers choose most of a key, and must not be able to choose keys that meet in one bucket.
 *
 * Written for one caller: `of` leaves its result in `hash0` and `hash1`, so that nothing is allocated.
 */
export class KeyHash {
  readonly #seed0: number;
  readonly #seed1: number;
  readonly #bytes: Buffer;
  readonly #words: Int32Array;
  #last = "";
  /** The two halves of the last hash, as signed 32-bit numbers. */
  hash0 = 0;
  hash1 = 0;

  constructor(seed0: number, seed1: number) {
    this.#seed0 = seed0 | 0;
    this.#seed1 = seed1 | 0;
    const memory = new ArrayBuffer(LONGEST);
    this.#bytes = Buffer.from(memory);
    this.#words = new Int32Array(memory);
    this.#compute("");
  }

  /** Hashes `key`. The same text twice in a row costs one comparison. */
  of(key: string): void {
    if (key === this.#last) return;
    this.#last = key;
    this.#compute(key);
  }

  #compute(key: string): void {
    const length = Math.min(key.length, LONGEST - 4);
    const words = this.#words;
    const count = length >> 2;
    words[count] = 0;
    // A copy out of the string costs half of what reading its characters one by one does.
    this.#bytes.write(key, 0, length, "latin1");
    let v0 = this.#seed0;
    let v1 = this.#seed1 ^ 0xee;
    let v2 = this.#seed0 ^ 0x6c796765;
    let v3 = this.#seed1 ^ 0x74656462;
    for (let i = 0; i <= count; i++) {
      // The last word has the length in its highest byte, and the bytes that fill no whole word.
      const word = i < count ? words[i] : words[i] | (length << 24);
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    v2 ^= 0xee;
    for (let i = 0; i < 6; i++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      if (i !== 2) continue;
      this.hash0 = v1 ^ v3;
      v1 ^= 0xdd;
    }
    this.hash1 = v1 ^ v3;
  }
}
