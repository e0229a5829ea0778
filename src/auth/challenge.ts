import type { Algorithm } from "./hash.ts";

/**
 * Header lines that ask for credentials: 401 as registrar, 407 as proxy (RFC 3261 22.2, 22.3).
 *
 * One line per algorithm with the same nonce, in the order given (strongest first: RFC 8760 2.3). Nothing in them depends
 * on the account, so a user who does not exist is asked alike. `realm` must hold no quote or backslash.
 */
export function challenge(
  status: 401 | 407,
  realm: string,
  nonce: string,
  stale: boolean,
  algorithms: readonly Algorithm[],
): string {
  const name = status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate";
  let lines = "";
  for (let i = 0; i < algorithms.length; i++) {
    lines += `${name}: Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithms[i]}, qop="auth"${stale ? ", stale=true\r\n" : "\r\n"}`;
  }
  return lines;
}
