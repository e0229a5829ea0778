/**
 * A keyed 32-bit hash of a span of text (murmur3's mixing over characters). For tables and tags, never for secrets:
 * the seed only keeps strangers from choosing collisions.
 */
export function hashSpan(text: string, start: number, end: number, seed: number): number {
  let h = seed | 0;
  for (let i = start; i < end; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0xcc9e2d51);
    h = (h << 13) | (h >>> 19);
  }
  h ^= end - start;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const BYTES = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/** The low 32 bits of a number as 8 hex digits. A table: toString of such numbers showed in the profile. */
export function hex32(n: number): string {
  return BYTES[(n >>> 24) & 255] + BYTES[(n >>> 16) & 255] + BYTES[(n >>> 8) & 255] + BYTES[n & 255];
}
