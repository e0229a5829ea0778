import { isFailure } from "../base/index.ts";
import { type Credentials, type Header, type Message, parseUri, type Uri, unescapeUser } from "../sip/index.ts";
import type { NonceCounts } from "./counts.ts";
import { fingerprint } from "./fingerprint.ts";
import { type Algorithm, readAlgorithm } from "./hash.ts";
import { checkNonce, type NonceKeys } from "./nonce.ts";
import { type Account, verify } from "./verify.ts";

/** What a server needs to judge credentials. `seed` is random; it keys the hashes by which retransmissions are known. */
export interface Verifier {
  readonly keys: NonceKeys;
  readonly counts: NonceCounts;
  /** What is offered, strongest first; nothing else is accepted. */
  readonly algorithms: readonly Algorithm[];
  /** Milliseconds a nonce is good for. */
  readonly lifetime: number;
  readonly seed: number;
  /** Do both URIs mean one domain of ours, whatever they call it? Asked only when host or port differ as text. */
  readonly sameDomain: (a: Uri, b: Uri) => boolean;
}

/**
 * - `ok`: the password is right, the nonce fresh, the count new (or this is the same request once more).
 * - `stale`: the password is right, the nonce or its count used up: challenge with stale=true, not a failure.
 * - `wrong`: wrong password, unknown user, or no hash for that algorithm; a failure proved by an echoed nonce of ours.
 * - `foreign`: no nonce of ours for this source, or an algorithm or qop that we do not offer: challenge, not a failure.
 * - `malformed`: answer 400.
 */
export type Verdict = "ok" | "stale" | "wrong" | "foreign" | "malformed";

/** The first Digest credentials for `realm` in a request; undefined when it has none that can be read. */
export function credentialsFor(m: Message, header: Header<Credentials>, realm: string): Credentials | undefined {
  if (!m.has(header)) return undefined;
  const first = m.get(header);
  if (first !== undefined && !isFailure(first) && isFor(first, realm)) return first;
  const all = m.all(header);
  return isFailure(all) ? undefined : all.find((c) => isFor(c, realm));
}

/**
 * Judges the credentials of a request. `account` is the one that `c.username` names in `realm`, undefined when there is none:
 * nothing here takes longer or ends otherwise for that than for a wrong password. `now`: wall ms; `source`: address, no port.
 */
export function judge(
  v: Verifier,
  c: Credentials,
  m: Message,
  account: Account | undefined,
  realm: string,
  source: string,
  now: number,
): Verdict {
  const algorithm = readAlgorithm(c.algorithm);
  // RFC 8760 3: what is not offered is not taken, or an attacker on the path could choose it.
  if (algorithm === undefined || !v.algorithms.includes(algorithm)) return "foreign";
  // RFC 8760 2.6 item 8 makes qop a must for clients. The form of RFC 2069 has no nc, so it can be replayed: refused on purpose.
  if (c.qop !== "auth" && c.qop.toLowerCase() !== "auth") return "foreign";
  // RFC 7616 3.4.4: we never offer userhash.
  if (c.userhash) return "foreign";
  const nc = nonceCount(c.nc);
  if (nc < 0 || c.cnonce === "" || !pointsTo(v, c.uri, m)) return "malformed";
  const nonce = checkNonce(v.keys, c.nonce, now, source, realm, v.lifetime);
  if (nonce === "foreign") return "foreign";
  if (!verify(c, m.method, account, algorithm)) return "wrong";
  if (nonce === "stale") return "stale";
  return v.counts.use(c.nonce, nc, fingerprint(m.text, v.seed)) === "replayed" ? "stale" : "ok";
}

function isFor(c: Credentials, realm: string): boolean {
  return c.realm === realm && c.scheme.toLowerCase() === "digest";
}

/** RFC 7616 3.4: exactly 8 hex digits. -1 for anything else. */
function nonceCount(text: string): number {
  if (text.length !== 8) return -1;
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const c = text.charCodeAt(i);
    const lower = c | 32;
    if (c >= 48 && c <= 57) value = value * 16 + c - 48;
    else if (lower >= 97 && lower <= 102) value = value * 16 + lower - 87;
    else return -1;
  }
  return value;
}

/**
 * RFC 8760 2.6 item 6: does the digest uri mean the request's target? The same text, or the same scheme, user, host and port
 * (5060 when absent), or two names of one domain of ours: some phones sign the address they send to instead of the domain.
 * Parameters may differ: phones and proxies add transport, lr and the like. The user may not, or a response made for one
 * number would dial another.
 */
function pointsTo(v: Verifier, digestUri: string, m: Message): boolean {
  if (digestUri === m.uri) return true;
  const a = parseUri(digestUri);
  const b = m.requestUri();
  if (isFailure(a) || isFailure(b)) return false;
  return (
    a.scheme === b.scheme &&
    unescapeUser(a.user) === unescapeUser(b.user) &&
    ((a.host === b.host && (a.port || 5060) === (b.port || 5060)) || v.sameDomain(a, b))
  );
}
