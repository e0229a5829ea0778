import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { canonicalIp } from "../base/index.ts";
import type { Pair } from "./check.ts";

/** Phones that are told to trust it are told so once. */
const YEARS = 10;
const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A certificate that vouches for itself: encryption from the first start on, for phones that do not ask who signed. */
export async function makeSelfSigned(names: readonly string[], now: number): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + YEARS);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${randomBytes(15).toString("hex")}`,
    // RFC 5280 appendix A: a common name has at most 64 characters; the names that count stand below.
    name: [{ CN: [names[0].slice(0, 64)] }],
    // Clocks of phones are often behind.
    notBefore: new Date(now - 86_400_000),
    notAfter: until,
    signingAlgorithm: ECDSA,
    keys,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension(
        names.map((name) => ({ type: canonicalIp(name) === undefined ? "dns" : "ip", value: name })),
      ),
    ],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: `${certificate.toString("pem")}\n`, key: `${PemConverter.encode(key, "PRIVATE KEY")}\n` };
}
