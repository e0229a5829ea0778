import { randomInt } from "node:crypto";

/** No 0 O o 1 l I, since it may have to be typed from paper, and no sign that a configuration file reads in its own way. */
const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const CONSONANTS = "bdfghjkmnprstvz";
const VOWELS = "aeiu";

export interface Secret {
  readonly secret: string;
  /** How many bits of chance are in it: each doubles the work of guessing. */
  readonly bits: number;
}

/** A secret of `length` characters from the system's random source. */
export function randomSecret(length: number): Secret {
  const secret = Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  return { secret, bits: Math.floor(length * Math.log2(LETTERS.length)) };
}

/** `count` words of two syllables, which can be said over the phone: "zuri-vaka-temu". */
export function randomWords(count: number): Secret {
  const syllable = (): string => CONSONANTS[randomInt(CONSONANTS.length)] + VOWELS[randomInt(VOWELS.length)];
  const secret = Array.from({ length: count }, () => syllable() + syllable()).join("-");
  return { secret, bits: Math.floor(count * 2 * Math.log2(CONSONANTS.length * VOWELS.length)) };
}
