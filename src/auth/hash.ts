import { hash } from "node:crypto";

/** Digest algorithms by their IANA names, RFC 7616 6.1. The `-sess` variants are never offered and never accepted. */
export type Algorithm = "MD5" | "SHA-256" | "SHA-512-256";

/** RFC 8760 2.3: the order of preference. */
const STRONGEST_FIRST: readonly Algorithm[] = ["SHA-512-256", "SHA-256", "MD5"];

/** The algorithms among `names` (any case), strongest first; names we do not know are left out. */
export function strongestFirst(names: readonly string[]): readonly Algorithm[] {
  const wanted = names.map((name) => name.toUpperCase());
  return STRONGEST_FIRST.filter((a) => wanted.includes(a));
}

/** The algorithm that credentials or a challenge name; undefined for one we do not have. */
export function readAlgorithm(name: string): Algorithm | undefined {
  // RFC 7616 3.3: MD5 when the parameter is absent.
  if (name === "MD5" || name === "") return "MD5";
  if (name === "SHA-256") return "SHA-256";
  const upper = name.toUpperCase();
  return upper === "MD5" || upper === "SHA-256" || upper === "SHA-512-256" ? upper : undefined;
}

/** Hash of wire text (latin1: one character, one byte) in lower-case hex, RFC 8760 2.2. */
export function digest(algorithm: Algorithm, text: string): string {
  return hash(NAMES[algorithm], Buffer.from(text, "latin1"));
}

/** The same for text that is known to be ASCII: crypto.hash takes a string as UTF-8, and faster than bytes. */
export function digestAscii(algorithm: Algorithm, text: string): string {
  return hash(NAMES[algorithm], text);
}

const NAMES: Readonly<Record<Algorithm, string>> = { MD5: "md5", "SHA-256": "sha256", "SHA-512-256": "sha512-256" };

/** True when both are equal, in a time that tells only their lengths. */
export function sameSecret(a: string, b: string): boolean {
  return a.length === b.length && sameSecretAt(a, b, 0, b.length);
}

/** True when `a` begins with the `length` characters of `b` from `at` on, in a time that tells only the length. */
export function sameSecretAt(a: string, b: string, at: number, length: number): boolean {
  let difference = 0;
  for (let i = 0; i < length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(at + i);
  return difference === 0;
}

/** True when every character is ASCII. */
export function isAscii(text: string): boolean {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits |= text.charCodeAt(i);
  return bits < 128;
}
