import { canonicalIp, own } from "../base/index.ts";
import { type Uri, unescapeUser } from "../sip/index.ts";

/** The primary domain of a site that has configured none. */
export const DEFAULT_DOMAIN = "rempart.local";

export interface DomainsOptions {
  /** Domains we serve; the first is the primary. None: DEFAULT_DOMAIN. */
  readonly domains: readonly string[];
  /** Host names and addresses of this machine: other spellings of the primary domain. */
  readonly aliases: readonly string[];
  /** Ports we listen on, as seen from outside. Empty: any port after one of our names means us. */
  readonly ports?: readonly number[];
}

/** Which hosts are ours, and the one name of each. Built once from the configuration; never changes. */
export class Domains {
  readonly primary: string;
  /** Every own name to its canonical domain. */
  readonly #canonical = new Map<string, string>();
  readonly #ports: ReadonlySet<number>;
  /** The last own and the last foreign host: one request asks for both again and again, and comparing is cheaper than looking up. */
  #own: Known;
  #foreign: Known = { host: "\n", canonical: "", isOurs: false };

  constructor(o: DomainsOptions) {
    const domains = o.domains.map(canonicalHost);
    this.primary = domains[0] ?? DEFAULT_DOMAIN;
    this.#own = { host: "", canonical: this.primary, isOurs: true };
    this.#canonical.set(this.primary, this.primary);
    // RFC 3966: a tel URI has no host; the number is one of ours to look for.
    this.#canonical.set("", this.primary);
    for (const domain of domains) this.#canonical.set(domain, domain);
    for (const alias of o.aliases) {
      const host = canonicalHost(alias);
      // A name that is configured as a domain of its own stays one.
      if (!this.#canonical.has(host)) this.#canonical.set(host, this.primary);
    }
    this.#ports = new Set(o.ports ?? []);
  }

  /** True when `host` (and `port`, 0 for none) names this server. RFC 3261 16.4, 16.5: a domain in our charge, or ourselves. */
  isOurs(host: string, port: number): boolean {
    if (port !== 0 && this.#ports.size > 0 && !this.#ports.has(port)) return false;
    return host === this.#own.host || (host !== this.#foreign.host && this.#look(host).isOurs);
  }

  /** The domain that `host` means: the primary for an alias; a foreign one comes back in its canonical spelling. */
  canonical(host: string): string {
    if (host === this.#own.host) return this.#own.canonical;
    return host === this.#foreign.host ? this.#foreign.canonical : this.#look(host).canonical;
  }

  #look(host: string): Known {
    const known = this.#canonical.get(host);
    const spelled = known ?? canonicalHost(host);
    const domain = known ?? this.#canonical.get(spelled);
    const found = { host: own(host), canonical: domain ?? own(spelled), isOurs: domain !== undefined };
    if (found.isOurs) this.#own = found;
    else this.#foreign = found;
    return found;
  }
}

/** What a host was found to be. */
interface Known {
  readonly host: string;
  readonly canonical: string;
  readonly isOurs: boolean;
}

/**
 * The index into accounts and bindings for a SIP or tel URI: "user@domain", "" when it has no user.
 *
 * RFC 3261 10.3 item 5: URI parameters go, escapes are undone (once). The user is then escaped in one fixed way, so that
 * `a%40b` stays one user and can never become the user `a` of another domain, and no control character gets through.
 * Parameters inside the user part ("+1555;phone-context=x") are part of it. The user is case-sensitive, the domain is not.
 */
export function aorOf(uri: Uri, domains: Domains): string {
  if (uri.user === "") return "";
  // RFC 3966 5.1.1: visual separators say nothing. A tel URI means a number in the primary domain.
  const user = uri.scheme === "tel" ? uri.user.replace(/[-.()]/g, "") : uri.user;
  return `${canonicalUser(user)}@${domains.canonical(uri.host)}`;
}

/** The same index from a plain user name (not escaped, as in an account) and a canonical domain. */
export function aorOfAccount(user: string, domain: string): string {
  return `${escapeUser(user)}@${domain}`;
}

/** One spelling of the user part of a URI as it stands on the wire. */
function canonicalUser(raw: string): string {
  return isPlain(raw) ? raw : escapeUser(unescapeUser(raw));
}

function escapeUser(user: string): string {
  if (isPlain(user)) return user;
  let text = "";
  for (let i = 0; i < user.length; i++) {
    const c = user.charCodeAt(i);
    text += PLAIN[c] === 1 ? user[i] : `%${c.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

function isPlain(user: string): boolean {
  for (let i = 0; i < user.length; i++) if (PLAIN[user.charCodeAt(i)] !== 1) return false;
  return true;
}

/** RFC 3261 25.1: unreserved and user-unreserved, the characters that a user part needs no escape for. */
const PLAIN = new Uint8Array(65_536);
for (const c of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/")
  PLAIN[c.charCodeAt(0)] = 1;

/** Lower case, no brackets, no root dot; an address in its one spelling (RFC 5952). */
function canonicalHost(host: string): string {
  let name = host.toLowerCase();
  if (name.startsWith("[") && name.endsWith("]")) name = name.slice(1, -1);
  if (name.endsWith(".")) name = name.slice(0, -1);
  return canonicalIp(name) ?? name;
}
