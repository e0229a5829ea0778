import { LIMITS } from "../base/index.ts";

/**
 * The bytes of the text that is being read. A typed array is read twice as fast as a string, so every parser first calls
 * `load` with its text and then reads `BYTES`; while one message is being worked on, `load` is one comparison.
 * One character is one byte; zeros, which belong to no character class, stand behind the last.
 */
export const BYTES: Uint8Array = new Uint8Array(LIMITS.message + 64);

const target = Buffer.from(BYTES.buffer);
let current = "";

/** Makes BYTES hold `text`. What is longer than a message may be is cut off: the parsers then meet bytes of no class. */
export function load(text: string): void {
  if (text === current) return;
  current = text;
  const length = target.write(text, 0, LIMITS.message, "latin1");
  for (let i = 0; i < 4; i++) BYTES[length + i] = 0;
}
