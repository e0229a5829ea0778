import { own } from "../base/index.ts";
import type { Credentials } from "../sip/index.ts";
import { type Algorithm, digest, digestAscii, isAscii, sameSecret } from "./hash.ts";

/**
 * What the signalling thread knows of an account: no password, only what digest needs. Hashes in lower-case hex; a foreign
 * table may not give all of them.
 */
export interface Account {
  readonly user: string;
  readonly domain: string;
  /** Name in its credentials, where that is not `user`. The hashes are made with it. */
  readonly login?: string;
  readonly ha1: { readonly md5?: string; readonly sha256?: string; readonly sha512_256?: string };
}

/** Stands in for the hash that an unknown user does not have: the same work is done, and never believed. */
const NOBODY = "0".repeat(64);

/**
 * H(user:realm:password) of RFC 7616 3.4.2 in lower-case hex: what is stored of a password.
 * Takes real text, not wire text. RFC 7616 4: user and password in Normalization Form C, hashed as UTF-8.
 */
export function ha1(algorithm: Algorithm, user: string, realm: string, password: string): string {
  const plain = `${user}:${realm}:${password}`;
  // A database brings a hundred thousand at once, and nearly all are like this.
  if (isAscii(plain)) return digestAscii(algorithm, plain);
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
  const stored =
    account === undefined || (account.login ?? account.user) !== c.username ? undefined : hashFor(account, algorithm);
  const secret = stored ?? (algorithm === "MD5" ? NOBODY.slice(32) : NOBODY);
  const right = sameSecret(expectedResponse(algorithm, secret, c, method), c.response);
  return right && stored !== undefined;
}

function hashFor(account: Account, algorithm: Algorithm): string | undefined {
  if (algorithm === "MD5") return account.ha1.md5;
  return algorithm === "SHA-256" ? account.ha1.sha256 : account.ha1.sha512_256;
}

/** `responseOf` on the server's hot path: a nonce of ours, nc and qop of known form, so only these two may not be ASCII. */
function expectedResponse(algorithm: Algorithm, secret: string, c: Credentials, method: string): string {
  const { nonce, nc, cnonce, qop, uri } = c;
  if (!isAscii(cnonce) || !isAscii(uri)) {
    return responseOf(algorithm, secret, nonce, nc, cnonce, qop, `${method}:${uri}`);
  }
  return digestAscii(algorithm, `${secret}:${nonce}:${nc}:${cnonce}:${qop}:${hashedA2(algorithm, method, uri)}`);
}

/** H(method:uri). REGISTERs come in storms and name the same few domains: the last one of each algorithm is remembered. */
function hashedA2(algorithm: Algorithm, method: string, uri: string): string {
  if (method !== "REGISTER" || uri.length > 64) return digestAscii(algorithm, `${method}:${uri}`);
  const last = LAST[algorithm];
  if (last.uri !== uri) {
    last.hash = digestAscii(algorithm, `REGISTER:${uri}`);
    last.uri = own(uri);
  }
  return last.hash;
}

/** A memo of a function of its arguments: with or without it every answer is the same. */
const LAST: Readonly<Record<Algorithm, { uri: string; hash: string }>> = {
  MD5: { uri: "", hash: digestAscii("MD5", "REGISTER:") },
  "SHA-256": { uri: "", hash: digestAscii("SHA-256", "REGISTER:") },
  "SHA-512-256": { uri: "", hash: digestAscii("SHA-512-256", "REGISTER:") },
};
