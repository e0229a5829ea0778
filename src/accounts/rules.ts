import { ha1 } from "../auth/index.ts";
import type { AccountHashes } from "../store/index.ts";
import type { AccountPolicy } from "./types.ts";

/** What is wrong with a user name as such (not: weak); undefined: nothing. */
export function userFault(user: string): string | undefined {
  if (user === "") return "found nothing, expected a user name";
  // RFC 3261 25.1 allows more in a user part; what phones, URIs and CSV files all take unescaped is this.
  if (/^[A-Za-z0-9+_][A-Za-z0-9._+-]{0,63}$/.test(user)) return undefined;
  return `found ${JSON.stringify(user.slice(0, 70))}, expected at most 64 letters, digits and . _ - +`;
}

/** What is wrong with a name that stands in credentials alone; undefined: nothing. */
export function loginFault(login: string): string | undefined {
  // RFC 7616 3.4.2: a colon would end it. Quotes and backslashes are escaped by each phone in its own way.
  if (/^[!#-9;-[\]-~]{1,64}$/.test(login)) return undefined;
  return `found ${JSON.stringify(login.slice(0, 70))}, expected at most 64 letters, digits and signs but : " \\ and spaces`;
}

/** What is wrong with a domain as the domain of an account; undefined: nothing. */
export function domainFault(domain: string, policy: AccountPolicy): string | undefined {
  if (policy.domains.includes(domain)) return undefined;
  return `found ${JSON.stringify(domain.slice(0, 70))}, expected an own domain: ${policy.domains.join(", ")}`;
}

/** What is wrong with a password as such (not: weak), without repeating it; undefined: nothing. */
export function passwordFault(password: string): string | undefined {
  if (password === "") return "found nothing, expected a password";
  if (password.length > 128) return `found ${password.length} characters, expected at most 128`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(password)) return "found a control character, expected printable text";
  return undefined;
}

/** What is stored of a password: SHA-512-256 only where it is offered. */
export function hashPassword(user: string, realm: string, password: string, policy: AccountPolicy): AccountHashes {
  const hashes = { md5: ha1("MD5", user, realm, password), sha256: ha1("SHA-256", user, realm, password) };
  if (!policy.algorithms.includes("SHA-512-256")) return hashes;
  return { ...hashes, sha512_256: ha1("SHA-512-256", user, realm, password) };
}
