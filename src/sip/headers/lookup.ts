import { BYTES } from "../bytes.ts";
import { HEADERS } from "./index.ts";

/**
 * Header name to id. The scanner sums a hash while it walks over a name; this table turns the hash into an id. The multiplier
 * is searched for at start so that no two registered names share a slot, so one comparison decides.
 */

const SIZE = 4096;
const names: string[] = [];
const ids: number[] = [];
for (const h of HEADERS) {
  names.push(h.name.toLowerCase());
  ids.push(h.id);
  if (h.compact === "") continue;
  names.push(h.compact);
  ids.push(h.id);
}

/** Multiplier of the name hash: hash = hash * MULTIPLIER + (character | 32), in 32 bits. */
export const MULTIPLIER: number = findMultiplier();

const slots = new Uint8Array(SIZE);
names.forEach((name, i) => {
  slots[slotOf(hashOf(name, MULTIPLIER))] = i + 1;
});

/** Id of the header whose name is BYTES[start, end) in any case, `hash` being its hash; 0 when it is not registered. */
export function headerId(start: number, end: number, hash: number): number {
  const slot = slots[slotOf(hash)];
  if (slot === 0) return 0;
  const name = names[slot - 1];
  if (name.length !== end - start) return 0;
  for (let i = 0; i < name.length; i++) if ((BYTES[start + i] | 32) !== name.charCodeAt(i)) return 0;
  return ids[slot - 1];
}

function hashOf(name: string, multiplier: number): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, multiplier) + (name.charCodeAt(i) | 32)) | 0;
  return hash;
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 12) ^ (hash >>> 24)) & (SIZE - 1);
}

function findMultiplier(): number {
  for (let m = 31; m < 100_000; m += 2) {
    const used = new Set(names.map((name) => slotOf(hashOf(name, m))));
    if (used.size === names.length) return m;
  }
  throw new Error("no multiplier parts the header names: enlarge SIZE");
}
