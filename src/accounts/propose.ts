import { randomInt } from "node:crypto";

/** No 0 O o 1 l I: it may have to be typed from paper. 20 of these 56 are 116 bits. */
const UNAMBIGUOUS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const CONSONANTS = "bdfghjkmnprstvz";
const VOWELS = "aeiu";

/** A secret of 20 characters from the system's random source. */
export function proposeSecret(): string {
  return Array.from({ length: 20 }, () => pick(UNAMBIGUOUS)).join("");
}

/** A user name of 10 characters that can be said over the phone and is no number, such as "zurivaka73". */
export function proposeUser(): string {
  const syllables = Array.from({ length: 4 }, () => pick(CONSONANTS) + pick(VOWELS));
  return `${syllables.join("")}${randomInt(10, 100)}`;
}

function pick(alphabet: string): string {
  return alphabet[randomInt(alphabet.length)];
}
