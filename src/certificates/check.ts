import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { canonicalIp, pemBlocks, type Trouble, trouble } from "../base/index.ts";

/** A certificate chain and its key, as PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** What an operator wants to know of a certificate. */
export interface Facts {
  /** DNS names and addresses it is for, lower case. */
  readonly names: readonly string[];
  /** Wall milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly issuer: string;
}

const KEPT = "the certificate in use stays in use; no connection was touched";

/** Whether a pair can be served, and what it says; `what` names it for the operator. Reads no file and no clock. */
export function inspectPair(what: string, { cert, key }: Pair): Facts | Trouble {
  const certificate = parse(() => new X509Certificate(cert));
  if (certificate === undefined) {
    return broken(what, "the certificate file holds no certificate in PEM form");
  }
  const secret = parse((): KeyObject => createPrivateKey(key));
  if (secret === undefined) return broken(what, "the key file holds no private key in PEM form without a passphrase");
  if (!certificate.checkPrivateKey(secret)) {
    return trouble(
      "CERTIFICATE_MISMATCH",
      `${what}: certificate and key do not belong together`,
      KEPT,
      "name the key that the certificate was asked for with, then `bin/rempart tls reload`",
    );
  }
  // What OpenSSL will not serve (a key that is too short, a broken chain) is found here and not at the first phone.
  const refused = parse(() => createSecureContext({ cert, key })) === undefined;
  return refused ? broken(what, "OpenSSL does not take it (too short a key, or a broken chain)") : factsOf(certificate);
}

/** Whether certificates of authorities, and a list of what they have revoked, can be used together; "" for none. */
export function inspectTrust(what: string, ca: string, crl: string): Trouble | undefined {
  if (ca !== "" && !eachParses(ca, (block) => new X509Certificate(block))) {
    return broken(what, "the `ca` file holds no certificate in PEM form, or a broken one");
  }
  if (crl !== "" && !eachParses(crl, (block) => createSecureContext({ crl: block }))) {
    return broken(what, "the `crl` file holds no revocation list in PEM form, or a broken one");
  }
  return undefined;
}

/** OpenSSL looks at the first block, and leaves out what it cannot read behind it. */
function eachParses(text: string, read: (block: string) => unknown): boolean {
  const blocks = pemBlocks(text);
  return blocks.length > 0 && blocks.every((block) => parse(() => read(block)) !== undefined);
}

function factsOf(certificate: X509Certificate): Facts {
  const names = (certificate.subjectAltName ?? "")
    .split(", ")
    .map((part) => /^(?:DNS|IP Address):([^"\s]+)$/.exec(part)?.[1].toLowerCase())
    .filter((name) => name !== undefined)
    .map((name) => canonicalIp(name) ?? name);
  const common = commonName(certificate.subject)?.toLowerCase();
  return {
    names: names.length === 0 && common !== undefined ? [common] : names,
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    issuer: commonName(certificate.issuer) ?? certificate.issuer?.replaceAll("\n", ", ") ?? "",
  };
}

/** Whatever its types say, Node gives undefined for a name without any part. */
function commonName(name: string | undefined): string | undefined {
  return /(?:^|\n)CN=([^\n]+)/.exec(name ?? "")?.[1];
}

function broken(what: string, why: string): Trouble {
  return trouble(
    "CERTIFICATE_BROKEN",
    `${what}: ${why}`,
    KEPT,
    "put a whole PEM file in its place, then `bin/rempart tls reload`",
  );
}

function parse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
