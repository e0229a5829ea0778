import { offHeap } from "./off-heap.ts";

/** Bytes in front of each text: the entry it belongs to and its length, as 32-bit words. */
const HEADER = 8;

/**
 * A ring of byte chunks that holds short texts (latin1) and forgets them oldest first. It starts empty and takes one more
 * chunk only when the oldest still holds something that is wanted; it never holds more than `bytes`.
 *
 * A position is one number: chunk and offset. Positions stay good until `advance` comes round to their chunk.
 */
export class Slab {
  readonly #shift: number;
  readonly #chunkBytes: number;
  readonly #maxChunks: number;
  readonly #bytes: Buffer[] = [];
  readonly #words: Int32Array[] = [];
  /** Next chunk of the ring, bytes in use, and the latest time that one of its texts is wanted; by chunk. */
  readonly #next: number[] = [];
  readonly #used: number[] = [];
  readonly #until: number[] = [];
  #current = -1;
  #at = 0;

  /** `bytes`: 256 to 2^31. */
  constructor(bytes: number) {
    if (!(bytes >= 256 && bytes <= 2 ** 31)) throw new RangeError(`slab of ${bytes} bytes`);
    this.#shift = Math.min(18, Math.floor(Math.log2(bytes / 4)));
    this.#chunkBytes = 1 << this.#shift;
    this.#maxChunks = Math.floor(bytes / this.#chunkBytes);
  }

  /** The longest text that can be held. */
  get longest(): number {
    return this.#chunkBytes - HEADER;
  }

  /** Bytes taken from the machine. */
  get taken(): number {
    return this.#bytes.length * this.#chunkBytes;
  }

  /** True when a text of this length needs `advance` first. */
  isFull(length: number): boolean {
    return this.#current < 0 || this.#at + HEADER + length > this.#chunkBytes;
  }

  /**
   * Goes to the next chunk. Answers how many bytes of texts there are about to be lost although some are still wanted; they
   * start at `start` and can be walked by `after` until the next `write`.
   */
  advance(now: number): number {
    this.#close();
    const oldest = this.#current < 0 ? -1 : this.#next[this.#current];
    const isWanted = oldest < 0 || this.#until[oldest] > now;
    if (isWanted && this.#bytes.length < this.#maxChunks) {
      this.#add();
      return 0;
    }
    const lost = isWanted ? this.#used[oldest] : 0;
    this.#current = oldest;
    this.#until[oldest] = 0;
    this.#at = 0;
    return lost;
  }

  /** Position of the first text of the present chunk. */
  get start(): number {
    return this.#current << this.#shift;
  }

  /** Position behind the text at `position`. */
  after(position: number): number {
    return position + HEADER + padded(this.length(position));
  }

  /** The entry that the text at `position` was written for. */
  owner(position: number): number {
    return this.#words[position >>> this.#shift][(position & (this.#chunkBytes - 1)) >> 2];
  }

  length(position: number): number {
    return this.#words[position >>> this.#shift][((position & (this.#chunkBytes - 1)) >> 2) + 1];
  }

  /** Stores a text that fits (`isFull`) for `owner`, wanted until `until`; answers its position. */
  write(text: string, owner: number, until: number): number {
    const at = this.#at;
    const words = this.#words[this.#current];
    words[at >> 2] = owner;
    words[(at >> 2) + 1] = text.length;
    this.#bytes[this.#current].write(text, at + HEADER, text.length, "latin1");
    this.#at = at + HEADER + padded(text.length);
    if (until > this.#until[this.#current]) this.#until[this.#current] = until;
    return (this.#current << this.#shift) + at;
  }

  read(position: number): string {
    const at = (position & (this.#chunkBytes - 1)) + HEADER;
    return this.#bytes[position >>> this.#shift].toString("latin1", at, at + this.length(position));
  }

  /** Gives all memory back. */
  clear(): void {
    this.#bytes.length = 0;
    this.#words.length = 0;
    this.#next.length = 0;
    this.#used.length = 0;
    this.#until.length = 0;
    this.#current = -1;
  }

  #close(): void {
    if (this.#current >= 0) this.#used[this.#current] = this.#at;
  }

  #add(): void {
    const added = this.#bytes.length;
    const memory = offHeap(this.#chunkBytes);
    this.#bytes.push(Buffer.from(memory));
    this.#words.push(new Int32Array(memory));
    this.#used.push(0);
    this.#until.push(0);
    this.#next.push(this.#current < 0 ? added : this.#next[this.#current]);
    if (this.#current >= 0) this.#next[this.#current] = added;
    this.#current = added;
    this.#at = 0;
  }
}

/** Texts start on words. */
function padded(length: number): number {
  return (length + 3) & ~3;
}
