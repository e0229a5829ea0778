import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Trouble, trouble } from "../base/index.ts";
import type { Pair } from "./check.ts";

/** The text of a file of PEM blocks, or why it cannot be read. */
export function readPem(what: string, path: string): string | Trouble {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return trouble(
      "CERTIFICATE_UNREADABLE",
      `${what}: ${path} cannot be read (${code})`,
      "the certificate in use stays in use; no connection was touched",
      "let the user of the daemon read that file, then `bin/rempart tls reload`",
    );
  }
}

/** Where the certificate that we sign ourselves lies. */
export function ownPair(state: string): { readonly cert: string; readonly key: string } {
  return { cert: join(state, "tls", "self-signed.crt"), key: join(state, "tls", "self-signed.key") };
}

/** Writes it, for nobody else to read. */
export function writeOwnPair(state: string, pair: Pair): Trouble | undefined {
  const folder = join(state, "tls");
  const paths = ownPair(state);
  try {
    // The key first: a pair that was cut short between the two is made anew.
    writePrivate(folder, paths.key, pair.key);
    writePrivate(folder, paths.cert, pair.cert);
    return undefined;
  } catch (error) {
    return trouble(
      "CERTIFICATE_UNWRITABLE",
      `the certificate that Rempart makes for itself cannot be written to ${folder}: ${(error as Error).message}`,
      "nothing was started; accounts and registrations are as they were",
      "make the state folder writable for this user, or name files in [[tls.certificate]]",
    );
  }
}

/** Writes a file into a folder of ours, for nobody else to read: whole or not at all. Throws what the disk says. */
export function writePrivate(folder: string, path: string, text: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  chmodSync(`${path}.new`, 0o600);
  renameSync(`${path}.new`, path);
}
