import { isFailure } from "../base/index.ts";
import { type Challenge, type Credentials, H, type Message } from "../sip/index.ts";
import { type Algorithm, digest, readAlgorithm } from "./hash.ts";
import { ha1, responseOf } from "./verify.ts";

/** What a phone puts into its answer. All wire text, except user and password, which are real text. */
export interface Answer {
  readonly method: string;
  /** The Request-URI of the request that will carry the credentials. */
  readonly uri: string;
  readonly user: string;
  readonly password?: string;
  /** Who has no password but its hashes finds the one for an algorithm and realm, or has none. */
  readonly secret?: (algorithm: Algorithm, realm: string) => string | undefined;
  /** Unguessable text, made anew for each request. */
  readonly cnonce: string;
  /** How many requests, this one included, have used the nonce. */
  readonly nc: number;
  /** Only for a server that wants auth-int. */
  readonly body?: string;
}

/**
 * The client's side: the header line ("Authorization: …\r\n" or "Proxy-Authorization: …\r\n") that answers the topmost
 * challenge of a 401 or 407 that we understand (RFC 8760 2.4). Undefined when there is none.
 */
export function answerChallenge(m: Message, a: Answer): string | undefined {
  const isProxy = m.status === 407;
  const challenges = m.all(isProxy ? H.proxyAuthenticate : H.wwwAuthenticate);
  if (isFailure(challenges)) return undefined;
  for (const c of challenges) {
    const algorithm = readAlgorithm(c.algorithm);
    const qop = chooseQop(c.qop);
    if (c.scheme.toLowerCase() !== "digest" || algorithm === undefined || qop === undefined) continue;
    const credentials = credentialsOf(c, algorithm, qop, a);
    if (credentials === undefined) continue;
    return `${isProxy ? "Proxy-Authorization" : "Authorization"}: ${H.authorization.print(credentials)}\r\n`;
  }
  return undefined;
}

/** RFC 7616 3.3: one of the offered; "" for a server of RFC 2069 that offers none; undefined when we know none of them. */
function chooseQop(offered: string): "auth" | "auth-int" | "" | undefined {
  if (offered === "") return "";
  const names = offered.split(",").map((name) => name.trim().toLowerCase());
  if (names.includes("auth")) return "auth";
  return names.includes("auth-int") ? "auth-int" : undefined;
}

function credentialsOf(
  c: Challenge,
  algorithm: Algorithm,
  qop: "auth" | "auth-int" | "",
  a: Answer,
): Credentials | undefined {
  const nc = qop === "" ? "" : a.nc.toString(16).padStart(8, "0");
  const cnonce = qop === "" ? "" : a.cnonce;
  const body = qop === "auth-int" ? `:${digest(algorithm, a.body ?? "")}` : "";
  const realm = Buffer.from(c.realm, "latin1").toString("utf8");
  const secret = a.secret === undefined ? ha1(algorithm, a.user, realm, a.password ?? "") : a.secret(algorithm, realm);
  if (secret === undefined) return undefined;
  const response = responseOf(algorithm, secret, c.nonce, nc, cnonce, qop, `${a.method}:${a.uri}${body}`);
  return {
    scheme: "Digest",
    username: Buffer.from(a.user.normalize("NFC"), "utf8").toString("latin1"),
    realm: c.realm,
    nonce: c.nonce,
    uri: a.uri,
    response,
    // RFC 7616 3.4: the algorithm comes back as it was sent, and not at all when it was not.
    algorithm: c.algorithm,
    cnonce,
    opaque: c.opaque,
    qop,
    nc,
    userhash: false,
    start: 0,
    end: 0,
  };
}
