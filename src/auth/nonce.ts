import { hash } from "node:crypto";
import { hex32 } from "../base/index.ts";
import { sameSecretAt } from "./hash.ts";

/** Two secrets of at least 128 random bits each as text. The host moves `current` to `previous` no sooner than a nonce's lifetime. */
export interface NonceKeys {
  current: string;
  previous: string;
}

// A nonce is TIME (11 hex digits, wall milliseconds) SERIAL (8) MAC (32).
const TIME = 11;
const SALTED = 19;
const MAC = 32;
const LENGTH = SALTED + MAC;

/**
 * A nonce that only this server can have made, good for one realm and one source address, kept nowhere.
 * `now` is wall milliseconds, `source` the sender's address without port, `serial` any integer that no other nonce of the
 * same millisecond has: two phones behind one address must never share a nonce, or one would look like a replay of the other.
 */
export function makeNonce(keys: NonceKeys, now: number, source: string, realm: string, serial: number): string {
  const salted = `${hex32(now / 2 ** 32).slice(-(TIME - 8))}${hex32(now)}${hex32(serial)}`;
  return salted + mac(keys.current, salted, source, realm).slice(0, MAC);
}

/**
 * Whose nonce it is. `foreign`: not ours, or not made for this source and realm, or its key is gone; nobody is to blame.
 * `stale`: ours, and older than `lifetime` (ms). What follows from either must not depend on the account.
 */
export function checkNonce(
  keys: NonceKeys,
  nonce: string,
  now: number,
  source: string,
  realm: string,
  lifetime: number,
): "fresh" | "stale" | "foreign" {
  if (nonce.length !== LENGTH) return "foreign";
  const salted = nonce.slice(0, SALTED);
  if (
    !sameSecretAt(mac(keys.current, salted, source, realm), nonce, SALTED, MAC) &&
    !sameSecretAt(mac(keys.previous, salted, source, realm), nonce, SALTED, MAC)
  )
    return "foreign";
  const age = now - nonceTime(nonce);
  // A negative age: the machine's clock was set back. We made it, but cannot tell when.
  return age >= 0 && age <= lifetime ? "fresh" : "stale";
}

/** Wall milliseconds at which a nonce of ours was made; meaningless for one that is not. */
export function nonceTime(nonce: string): number {
  return hexAt(nonce, 0, TIME);
}

/** 32 bits of a nonce's MAC, the `n`th of four: spread evenly over all nonces, so good as a table key. */
export function nonceWord(nonce: string, n: number): number {
  return hexAt(nonce, SALTED + 8 * n, SALTED + 8 * n + 8) >>> 0;
}

/**
 * SHA-256, of which the first 128 bits are used. The lengths of key, time and serial are fixed and the label names the use, so no two inputs
 * run into each other; leaving half of it out stops length extension.
 */
function mac(key: string, salted: string, source: string, realm: string): string {
  return hash("sha256", `rempart nonce 1\n${key}\n${salted}\n${source}\n${realm}`);
}

/** Number of the hex digits in [start, end); other characters count as some digit. */
function hexAt(text: string, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i);
    value = value * 16 + ((c & 15) + (c > 57 ? 9 : 0));
  }
  return value;
}
