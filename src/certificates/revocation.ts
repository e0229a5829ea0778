import "reflect-metadata";
import { PemConverter, X509Crl } from "@peculiar/x509";

/** When the first of the lists in a PEM file has to be followed by another (nextUpdate), wall milliseconds; null where none says. */
export function endOfLists(pem: string): number | null {
  try {
    const ends = PemConverter.decode(pem).flatMap((der) => new X509Crl(der).nextUpdate?.getTime() ?? []);
    return ends.length === 0 ? null : Math.min(...ends);
  } catch {
    // OpenSSL has taken it, and it is OpenSSL that asks it.
    return null;
  }
}
