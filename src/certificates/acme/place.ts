import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Trouble, trouble } from "../../base/index.ts";
import { writePrivate } from "../files.ts";
import { type Attempts, readAttempts } from "./schedule.ts";

/** Where account key, certificate and failures of one authority lie. */
export interface Place {
  readonly folder: string;
  /** The chain and its key in one file, so that they are replaced together. */
  readonly certificate: string;
  readonly accountKey: string;
}

/** Each authority has a folder of its own: who goes from the trial one to the real one starts anew. */
export function acmePlace(state: string, directory: string): Place {
  const mark = createHash("sha256").update(directory).digest("hex").slice(0, 8);
  const folder = join(state, "tls", "acme", `${new URL(directory).hostname}-${mark}`);
  return { folder, certificate: join(folder, "certificate.pem"), accountKey: join(folder, "account.key") };
}

/** Writes one of its files, for nobody else to read. */
export function keep(place: Place, path: string, text: string): Trouble | undefined {
  try {
    writePrivate(place.folder, path, text);
    return undefined;
  } catch (error) {
    return trouble(
      "ACME_UNWRITABLE",
      `${path} cannot be written: ${(error as Error).message}`,
      "the certificate in use stays in use; calls go on",
      "make the state folder writable for this user, then `bin/rempart tls renew`",
    );
  }
}

/** The text of one of its files; undefined when it is not there. */
export function kept(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/** The failures since the last success. */
export function keptAttempts({ folder }: Place): Attempts | undefined {
  return readAttempts(kept(join(folder, "failures.json")) ?? "");
}

/** Writes them, or forgets them (undefined). The answer says why they could not be written. */
export function keepAttempts(place: Place, attempts: Attempts | undefined): Trouble | undefined {
  const path = join(place.folder, "failures.json");
  if (attempts !== undefined) return keep(place, path, JSON.stringify(attempts));
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder is not ours to write: the next order says so.
  }
  return undefined;
}
