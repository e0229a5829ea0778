import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  type PublicKeyType,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509";

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;

/** A certificate and its key, PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly serial: string;
}

/** An authority of a test's own. */
export interface Authority {
  readonly cert: string;
  /**
   * For these DNS names (or, with "@", mail addresses); `days` from now to its end, may be past; `common` is its common name, the
   * first of them when left out, none at all when empty.
   */
  issue(names: readonly string[], days?: number, common?: string): Promise<Issued>;
  /** For whoever made this request (PKCS #10, DER), for these DNS names. */
  certify(request: Uint8Array, names: readonly string[], days: number): Promise<string>;
  /** A list of what is revoked, good until `days` from now. */
  revoke(serials: readonly string[], days?: number): Promise<string>;
}

/** Without a name it has an empty subject, as those have that were made with `openssl req -subj /`. */
export async function newAuthority(name: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: named(name),
    notBefore: new Date(Date.now() - 30 * DAY),
    notAfter: new Date(Date.now() + 30 * DAY),
    signingAlgorithm: ECDSA,
    keys,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    cert: root.toString("pem"),
    issue: (names, days = 20, common = names[0]) => issue(root, keys.privateKey, names, days, common),
    certify: async (request, names, days) => {
      const asked = new Pkcs10CertificateRequest(new Uint8Array(request));
      if (!(await asked.verify())) throw new Error("the request is not signed by its key");
      return (await sign(root, keys.privateKey, asked.publicKey, names, days)).toString("pem");
    },
    revoke: async (serials, days = 20) => {
      const list = await X509CrlGenerator.create({
        issuer: root.subject,
        thisUpdate: new Date(Date.now() - 30 * DAY),
        nextUpdate: new Date(Date.now() + days * DAY),
        entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date(Date.now() - DAY) })),
        signingAlgorithm: ECDSA,
        signingKey: keys.privateKey,
      });
      return PemConverter.encode(list.rawData, "X509 CRL");
    },
  };
}

async function issue(
  root: X509Certificate,
  signingKey: webcrypto.CryptoKey,
  names: readonly string[],
  days: number,
  common: string,
): Promise<Issued> {
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const cert = await sign(root, signingKey, keys.publicKey, names, days, common);
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: cert.toString("pem"), key: PemConverter.encode(key, "PRIVATE KEY"), serial: cert.serialNumber };
}

function sign(
  root: X509Certificate,
  signingKey: webcrypto.CryptoKey,
  publicKey: PublicKeyType,
  names: readonly string[],
  days: number,
  common = names[0],
): Promise<X509Certificate> {
  return X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: named(common),
    issuer: root.subject,
    notBefore: new Date(Date.now() - 30 * DAY),
    notAfter: new Date(Date.now() + days * DAY),
    signingAlgorithm: ECDSA,
    publicKey,
    signingKey,
    extensions: [
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: value.includes("@") ? "email" : "dns", value })),
      ),
    ],
  });
}

function named(common: string): { CN: string[] }[] {
  return common === "" ? [] : [{ CN: [common] }];
}

function serial(): string {
  return `01${randomBytes(8).toString("hex")}`;
}
