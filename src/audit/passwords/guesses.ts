import { COMMON, capitalized, SHORT_NUMBERS } from "./common.ts";

/** An account as far as guessing needs it: no password, the hash of one. */
export interface GuessedAccount {
  readonly user: string;
  readonly domain: string;
  readonly realm: string;
  /** H(user:realm:password), lower-case hex. */
  readonly hash: string;
}

/** What kind of guess was right. The guess itself is kept nowhere. */
export type GuessKind = "own" | "common" | "number";

/** How many guesses one account takes, about. */
export const GUESSES = COMMON.length + SHORT_NUMBERS.length + 250;

const ENDS = [
  "",
  "1",
  "12",
  "123",
  "1234",
  "12345",
  "!",
  "123!",
  "@123",
  "0",
  "00",
  "01",
  "2023",
  "2024",
  "2025",
  "2026",
  "2027",
  "abc",
  "sip",
  "pbx",
];
const STARTS = ["a", "x", "sip", "ext", "pbx", "phone", "tel", "user", "pass", "p", "abc", "voip", "0", "1"];

/** What an attacker makes of the names of an account: of its user, the number in it, and its domain. */
export function ownGuesses(user: string, domain: string): string[] {
  const names = new Set([user, user.toLowerCase(), user.toUpperCase(), capitalized(user.toLowerCase())]);
  const digits = user.replace(/\D/g, "");
  if (digits.length > 1) names.add(digits);
  const [label = ""] = domain.replace(/^(?:sip|pbx|voip|tel|www)\./, "").split(".");
  const company = label === "" || /^\d+$/.test(label) ? [] : [label, capitalized(label)];
  const guesses: string[] = [];
  for (const name of [...names, ...company]) {
    for (const end of ENDS) guesses.push(name + end);
    guesses.push(name + name, [...name].reverse().join(""));
  }
  for (const name of names) for (const start of STARTS) guesses.push(start + name);
  for (const name of company) if (digits !== "") guesses.push(name + digits, digits + name);
  return [...new Set(guesses)].filter((guess) => guess !== "");
}

/**
 * Tries what is tried first; the kind of the guess that fits, or undefined. `hash` gives H(user:realm:password). The work is the same for
 * each account, some thousand hashes.
 */
export function guess(
  { user, domain, realm, hash: wanted }: GuessedAccount,
  hash: (user: string, realm: string, password: string) => string,
): GuessKind | undefined {
  const fits = (password: string): boolean => hash(user, realm, password) === wanted;
  if (ownGuesses(user, domain).some(fits)) return "own";
  if (COMMON.some(fits)) return "common";
  return SHORT_NUMBERS.some(fits) ? "number" : undefined;
}
