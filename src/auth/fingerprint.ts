import { LIMITS } from "../base/index.ts";

const SIZE = LIMITS.message;
/** Words behind the text: its length, then three of nothing, which are the finish. */
const TAIL = 4;
const bytes = Buffer.alloc(SIZE + 4 * TAIL);
const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

/**
 * A keyed 32-bit hash of a whole message (latin1), by which a retransmission is told from another request. The rounds are
 * those of HalfSipHash-1-3: of faster hashes it is known how to change two characters so that they come out alike under
 * every key. What stands beyond 64 KiB does not count; no message is longer (LIMITS.message).
 */
export function fingerprint(text: string, key: number): number {
  const length = bytes.write(text, 0, SIZE, "latin1");
  const end = (length + 3) >> 2;
  // The scratch keeps what was there before: only zeros may follow the text.
  for (let i = length; i < 4 * end; i++) bytes[i] = 0;
  words[end] = length;
  for (let i = 1; i < TAIL; i++) words[end + i] = 0;
  let v0 = key | 0;
  let v1 = Math.imul(key, 0x9e3779b1);
  let v2 = 0x6c796765 ^ v0;
  let v3 = 0x74656462 ^ v1;
  for (let i = 0; i < end + TAIL; i++) {
    const m = words[i];
    v3 ^= m;
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
    v0 ^= m;
  }
  return (v1 ^ v3) >>> 0;
}
