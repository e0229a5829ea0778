import assert from "node:assert/strict";
import { isFailure } from "../base/index.ts";
import { H, type Message, parseMessage, type Uri } from "../sip/index.ts";
import { challenge } from "./challenge.ts";
import { type Answer, answerChallenge } from "./client.ts";
import { NonceCounts } from "./counts.ts";
import { type Algorithm, strongestFirst } from "./hash.ts";
import { credentialsFor, judge, type Verdict, type Verifier } from "./judge.ts";
import { makeNonce } from "./nonce.ts";
import { type Account, ha1 } from "./verify.ts";

export const NOW = 1_790_000_000_000;
export const REALM = "example.org";
export const SOURCE = "203.0.113.7";
export const URI = "sip:example.org";

export function account(user = "anna", password = "right", withSha512 = true): Account {
  const hashes = { md5: ha1("MD5", user, REALM, password), sha256: ha1("SHA-256", user, REALM, password) };
  const sha512_256 = ha1("SHA-512-256", user, REALM, password);
  return { user, domain: REALM, ha1: withSha512 ? { ...hashes, sha512_256 } : hashes };
}

/** Of a nonce, ms. */
export const LIFETIME = 300_000;

export function verifier(algorithms: readonly string[] = ["SHA-512-256", "SHA-256", "MD5"]): Verifier {
  const keys = { current: "c".repeat(32), previous: "p".repeat(32) };
  return {
    keys,
    counts: new NonceCounts(64),
    algorithms: strongestFirst(algorithms),
    seed: 7,
    lifetime: LIFETIME,
    sameDomain,
  };
}

/** The server of these tests is REALM, also called 192.0.2.1 and pbx.local, on ports 5060 and 5070. */
function sameDomain(a: Uri, b: Uri): boolean {
  const isOurs = (u: Uri): boolean =>
    [REALM, "192.0.2.1", "pbx.local"].includes(u.host) && [0, 5060, 5070].includes(u.port);
  return isOurs(a) && isOurs(b);
}

export function parse(lines: readonly string[]): Message {
  const m = parseMessage(`${lines.join("\r\n")}\r\n\r\n`);
  assert.ok(!isFailure(m));
  return m;
}

/** A REGISTER (or other request) with these lines beside the usual ones. */
export function request(headers: readonly string[], method = "REGISTER", uri = URI): Message {
  return parse([
    `${method} ${uri} SIP/2.0`,
    "Via: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bKx",
    "From: <sip:anna@example.org>;tag=f",
    "To: <sip:anna@example.org>",
    "Call-ID: c",
    `CSeq: 1 ${method}`,
    ...headers,
    "Content-Length: 0",
  ]);
}

/** A 401 or 407 with these header lines. */
export function response(status: number, headers: string): Message {
  return parse([
    `SIP/2.0 ${status} Unauthorized`,
    "CSeq: 1 REGISTER",
    ...headers.split("\r\n").filter((l) => l !== ""),
  ]);
}

/** How one attempt differs from the right one. */
export interface Attempt {
  readonly algorithms?: readonly Algorithm[];
  readonly user?: string;
  readonly password?: string;
  readonly nc?: number;
  readonly cnonce?: string;
  readonly digestUri?: string;
  readonly requestUri?: string;
  readonly digestMethod?: string;
  readonly nonce?: string;
  /** When the nonce was made and when the answer arrives, in ms after NOW. */
  readonly madeAt?: number;
  readonly at?: number;
  readonly source?: string;
  /** Edits the Authorization line. */
  readonly change?: (line: string) => string;
  readonly extra?: readonly string[];
}

/** The line with which a phone answers. */
export function authorization(v: Verifier, a: Attempt): string {
  const nonce = a.nonce ?? makeNonce(v.keys, NOW + (a.madeAt ?? 0), SOURCE, REALM, 1);
  const asked = response(401, challenge(401, REALM, nonce, false, a.algorithms ?? ["MD5"]));
  const answer: Answer = {
    method: a.digestMethod ?? "REGISTER",
    uri: a.digestUri ?? a.requestUri ?? URI,
    user: a.user ?? "anna",
    password: a.password ?? "right",
    cnonce: a.cnonce ?? "0a4f113b",
    nc: a.nc ?? 1,
  };
  const line = answerChallenge(asked, answer);
  assert.ok(line !== undefined);
  return (a.change ?? ((l) => l))(line.trimEnd());
}

/** The verdict on such an attempt, when the server knows `known`. */
export function attempt(v: Verifier, known: Account | undefined, a: Attempt): Verdict | "none" {
  const m = request([authorization(v, a), ...(a.extra ?? [])], "REGISTER", a.requestUri ?? URI);
  const c = credentialsFor(m, H.authorization, REALM);
  if (c === undefined) return "none";
  return judge(v, c, m, known, REALM, a.source ?? SOURCE, NOW + (a.at ?? 0));
}
