import { LIMITS } from "../base/index.ts";

const limit = LIMITS.message;
const bytes = new Uint8Array(limit + 64);
const target = Buffer.from(bytes.buffer);
let current = "";

/**
 * The bytes of the text that is being read. A typed array is read twice as fast as a string, so every parser first calls
 * `load` with its text and then reads BYTES; while one message is being worked on, `load` is one comparison.
 * One character is one byte; zeros, which belong to no character class, stand behind the last.
 */
export const BYTES: Uint8Array = bytes;

/** The same bytes, for reading four at a time at any offset. */
export const VIEW: DataView = new DataView(bytes.buffer);

/** Makes BYTES hold `text`. What is longer than a message may be is cut off: the parsers then meet bytes of no class. */
export function load(text: string): void {
  if (text === current) return;
  current = text;
  const length = target.write(text, 0, limit, "latin1");
  for (let i = 0; i < 4; i++) bytes[length + i] = 0;
}
