import { readFileSync } from "node:fs";
import { isTrouble, type Trouble } from "../base/index.ts";
import { inspectPair, inspectTrust } from "./check.ts";
import type { CertificateSources } from "./keeper.ts";

/** What is wrong with files that a configuration names, a line each; and files that this user may not read, so that nobody knows. */
export interface FileFaults {
  readonly faults: readonly string[];
  readonly unread: readonly string[];
}

const WHY: Readonly<Record<string, string>> = { ENOENT: "no such file", EISDIR: "a folder", ENOTDIR: "no such file" };
const READABLE = "a PEM file that can be read";
const PAIR = "a certificate chain and its own key, in PEM form, the key without a passphrase";
const TRUST = "certificates of authorities in ca and a revocation list in crl, in PEM form";

/** Looks at the files of `[[tls.certificate]]` and `[[tls.peer]]` as a start would: each line tells path, found, expected. */
export function fileFaults({ files, peers }: Pick<CertificateSources, "files" | "peers">): FileFaults {
  const look = new Look();
  for (const [i, { cert, key }] of files.entries()) {
    const at = `tls.certificate[${i}]`;
    const [chain, secret] = [look.read(`${at}.cert`, cert), look.read(`${at}.key`, key)];
    if (chain === undefined || secret === undefined) continue;
    const found = inspectPair(at, { cert: chain, key: secret });
    if (isTrouble(found)) look.wrong(at, [cert, key], found, PAIR);
  }
  for (const [i, { ca, crl }] of peers.entries()) {
    const at = `tls.peer[${i}]`;
    const [trusted, revoked] = [look.read(`${at}.ca`, ca), look.read(`${at}.crl`, crl)];
    if (trusted === undefined || revoked === undefined) continue;
    const found = inspectTrust(at, trusted, revoked);
    if (found !== undefined) look.wrong(at, [ca, crl], found, TRUST);
  }
  return look;
}

/** Gathers what is found. */
class Look implements FileFaults {
  readonly faults: string[] = [];
  readonly unread: string[] = [];

  /** The text of a file, "" when none is named; undefined when it cannot be read. */
  read(at: string, file: string): string | undefined {
    try {
      return file === "" ? "" : readFileSync(file, "latin1");
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      // Keys are for the user of the daemon; who checks the configuration may be another one.
      if (code === "EACCES" || code === "EPERM") this.unread.push(file);
      else this.faults.push(`${at}: found ${file} (${WHY[code] ?? code}), expected ${READABLE}`);
      return undefined;
    }
  }

  wrong(at: string, files: readonly string[], { what }: Trouble, expected: string): void {
    const named = [...new Set(files.filter((f) => f !== ""))].join(" and ");
    this.faults.push(`${at}: found ${named} (${what.slice(at.length + 2)}), expected ${expected}`);
  }
}
