import { randomBytes, randomInt } from "node:crypto";
import type { Entropy } from "../ports/index.ts";

const POOL = 4_000;
const DIGITS = 20;

/** Tokens cut from a pool of random bytes: one call to the generator serves 400 branches. */
export function systemEntropy(): Entropy {
  let pool = "";
  let used = 0;
  return {
    token(): string {
      if (used + DIGITS > pool.length) {
        pool = randomBytes(POOL).toString("hex");
        used = 0;
      }
      used += DIGITS;
      return pool.slice(used - DIGITS, used);
    },
    upTo: (most) => randomInt(most + 1),
  };
}
