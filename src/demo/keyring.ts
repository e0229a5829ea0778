import { hash, randomBytes } from "node:crypto";
import { isFailure } from "../base/index.ts";
import { type Challenge, H, type Message } from "../sip/index.ts";

/** What a phone knows to answer challenges with (RFC 3261 22, RFC 7616). */
export interface Keyring {
  /** Takes in the challenges of a 401 or 407. Undefined: none can be answered; else whether it was for a stale nonce. */
  learn(m: Message): { readonly stale: boolean } | undefined;
  /**
   * Credentials for a request as whole header lines, one for each realm that has challenged us: those for the registrar
   * with REGISTER, those for proxies with all else.
   */
  lines(method: string, uri: string): string;
  /** Forgets every challenge, as a phone does that is switched off. */
  forget(): void;
}

export interface Secret {
  readonly user: string;
  readonly password: string;
  /** The algorithms this phone knows, by their names on the wire. */
  readonly algorithms: readonly string[];
}

interface Held {
  readonly header: string;
  readonly challenge: Challenge;
  nc: number;
}

/** Names of RFC 7616 6.1 and of the crypto library. */
const HASHES: Readonly<Record<string, string>> = { MD5: "md5", "SHA-256": "sha256", "SHA-512-256": "sha512-256" };

/** A keyring for one account. */
export function newKeyring(secret: Secret): Keyring {
  const held = new Map<string, Held>();
  return {
    learn(m) {
      let learned: { readonly stale: boolean } | undefined;
      // RFC 8760 2.4: the topmost one that we can.
      for (const challenge of challengesOf(m).reverse()) {
        if (!secret.algorithms.includes(challenge.algorithm || "MD5")) continue;
        const header = m.status === 401 ? "Authorization" : "Proxy-Authorization";
        held.set(`${header} ${challenge.realm}`, { header, challenge, nc: 0 });
        learned = { stale: challenge.stale };
      }
      return learned;
    },
    lines(method, uri) {
      const header = method === "REGISTER" ? "Authorization" : "Proxy-Authorization";
      const fitting = [...held.values()].filter((h) => h.header === header);
      return fitting.map((h) => credentialLine(secret, h, method, uri)).join("");
    },
    forget: () => held.clear(),
  };
}

function challengesOf(m: Message): Challenge[] {
  const all = m.all(m.status === 401 ? H.wwwAuthenticate : H.proxyAuthenticate);
  return isFailure(all) ? [] : all.filter((c) => c.scheme.toLowerCase() === "digest");
}

/** RFC 7616 3.4.1, qop=auth. Written again here, apart from the edge's own, so that each proves the other. */
function credentialLine(secret: Secret, h: Held, method: string, uri: string): string {
  const { realm, nonce, opaque } = h.challenge;
  const algorithm = h.challenge.algorithm || "MD5";
  const digest = (text: string): string => hash(HASHES[algorithm], text);
  h.nc++;
  const nc = h.nc.toString(16).padStart(8, "0");
  const cnonce = randomBytes(8).toString("hex");
  const ha1 = digest(`${secret.user}:${realm}:${secret.password}`);
  const response = digest(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${digest(`${method}:${uri}`)}`);
  const echo = opaque === "" ? "" : `, opaque="${opaque}"`;
  return (
    `${h.header}: Digest username="${secret.user}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=${algorithm}, cnonce="${cnonce}", qop=auth, nc=${nc}${echo}\r\n`
  );
}
