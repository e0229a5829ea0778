import { VIEW } from "../bytes.ts";
import { HEADERS } from "./index.ts";

/**
 * Header name to id. A name is read as words of four bytes: the first and the last, with the length, choose a slot of a table;
 * the name there is compared word by word. The multiplier is searched for at start so that no two registered names share a slot.
 */

const view = VIEW;
const SLOT_BITS = 12;
/** Words kept per name: registered names have at most 32 characters. */
const WORDS = 8;
/** Sets bit 32 of four characters: lower case for letters; "-" and digits have it anyway. */
const LOWER = 0x20202020;
/** What counts of a word by the number of characters left in it. */
const masks = Int32Array.of(-1, 0xff, 0xffff, 0xffffff);

const rows: { name: string; id: number }[] = [];
for (const h of HEADERS) {
  rows.push({ name: h.name.toLowerCase(), id: h.id });
  if (h.compact !== "") rows.push({ name: h.compact, id: h.id });
}

const words = new Int32Array(rows.length * WORDS);
const lengths = new Uint8Array(rows.length);
const ids = new Uint8Array(rows.length);
rows.forEach(({ name, id }, row) => {
  ids[row] = id;
  lengths[row] = name.length;
  for (let i = 0; i < name.length; i++) words[row * WORDS + (i >> 2)] |= name.charCodeAt(i) << (8 * (i & 3));
});

const multiplier = findMultiplier();
const slots = new Uint8Array(1 << SLOT_BITS);
for (let row = 0; row < rows.length; row++) slots[slotOfRow(row, multiplier)] = row + 1;

/** Id of the header whose name is BYTES[start, end) in any case, all of it above 32; 0 when it is not registered. HOT. */
export function headerId(start: number, end: number): number {
  const length = (end - start) | 0;
  const first = view.getInt32(start, true);
  const last = length < 4 ? (first & masks[length]) | LOWER : view.getInt32(end - 4, true) | LOWER;
  const slot = length < 4 ? slotOf(last, last, length, multiplier) : slotOf(first | LOWER, last, length, multiplier);
  const row = (slots[slot] - 1) | 0;
  if (row < 0 || lengths[row] !== length) return 0;
  let at = start | 0;
  let word = (row * WORDS) | 0;
  for (const whole = at + (length & ~3); at < whole; at += 4)
    if ((view.getInt32(at, true) | LOWER) !== words[word++]) return 0;
  const rest = length & 3;
  if (rest !== 0 && ((view.getInt32(at, true) | LOWER) & masks[rest]) !== words[word]) return 0;
  return ids[row];
}

function slotOf(first: number, last: number, length: number, by: number): number {
  return Math.imul(first ^ Math.imul(last + length, by), by) >>> (32 - SLOT_BITS);
}

function slotOfRow(row: number, by: number): number {
  const { name } = rows[row];
  const word = (at: number): number => {
    let out = 0;
    for (let i = 0; i < 4; i++) out |= (at + i < name.length ? name.charCodeAt(at + i) : 32) << (8 * i);
    return out;
  };
  return slotOf(word(0), name.length < 4 ? word(0) : word(name.length - 4), name.length, by);
}

function findMultiplier(): number {
  for (let by = 0x9e3779b1 | 0; by !== 0; by = (by + 2) | 0) {
    const used = new Set(rows.map((_, row) => slotOfRow(row, by)));
    if (used.size === rows.length) return by;
  }
  throw new Error("no multiplier parts the header names: raise SLOT_BITS");
}
