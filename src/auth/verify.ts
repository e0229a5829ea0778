import type { Credentials } from "../sip/index.ts";
import { type Algorithm, digest, sameSecret } from "./hash.ts";

/** What the signalling thread knows of an account: no password, only what digest needs. Hashes in lower-case hex. */
export interface Account {
  readonly user: string;
  readonly domain: string;
  readonly ha1: { readonly md5: string; readonly sha256: string; readonly sha512_256?: string };
}

/** Stands in for the hash that an unknown user does not have: the same work is done, and never believed. */
const NOBODY = "0".repeat(64);

/**
 * H(user:realm:password) of RFC 7616 3.4.2 in lower-case hex: what is stored of a password.
 * Takes real text, not wire text. RFC 7616 4: user and password in Normalization Form C, hashed as UTF-8.
 */
export function ha1(algorithm: Algorithm, user: string, realm: string, password: string): string {
  const text = `${user.normalize("NFC")}:${realm}:${password.normalize("NFC")}`;
  return digest(algorithm, Buffer.from(text, "utf8").toString("latin1"));
}

/**
 * RFC 7616 3.4.1, all in wire text. `a2` is "method:uri", for auth-int with ":" and the hash of the body behind it.
 * Without qop the form of RFC 2069, which only a client needs.
 */
export function responseOf(
  algorithm: Algorithm,
  ha1: string,
  nonce: string,
  nc: string,
  cnonce: string,
  qop: string,
  a2: string,
): string {
  const ha2 = digest(algorithm, a2);
  return digest(algorithm, qop === "" ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
}

/**
 * Whether the response in `c` proves that its sender knows the password of `account`. The nonce is the caller's duty.
 * Undefined account, account of another name, account without a hash for this algorithm: false, after the same work.
 */
export function verify(c: Credentials, method: string, account: Account | undefined, algorithm: Algorithm): boolean {
  const stored = account === undefined || account.user !== c.username ? undefined : hashFor(account, algorithm);
  const secret = stored ?? (algorithm === "MD5" ? NOBODY.slice(32) : NOBODY);
  const expected = responseOf(algorithm, secret, c.nonce, c.nc, c.cnonce, c.qop, `${method}:${c.uri}`);
  const right = sameSecret(expected, c.response);
  return right && stored !== undefined;
}

function hashFor(account: Account, algorithm: Algorithm): string | undefined {
  if (algorithm === "MD5") return account.ha1.md5;
  return algorithm === "SHA-256" ? account.ha1.sha256 : account.ha1.sha512_256;
}
