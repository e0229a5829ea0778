import type { Severity } from "../../findings/index.ts";
import { compareVersions, lineOf, readVersion, type Version } from "./version.ts";

/** A published advisory; versions parted by spaces, one for each line of releases. */
export interface Advisory {
  readonly id: string;
  readonly cve?: string;
  readonly severity: Severity;
  readonly title: string;
  /** Where it is told. */
  readonly url: string;
  /** The first release of a line that is mended. */
  readonly mended?: string;
  /** The last release of a line that is known to be affected, where the mended one is not known for certain. */
  readonly last?: string;
  /** The first release of a line that is affected; else its first. */
  readonly since?: string;
  /** What has to be there for it to matter. */
  readonly needs?: string;
}

/** How a version fares with an advisory. */
export interface Affected {
  /** The release to go to; undefined: one after `after`. */
  readonly to: string | undefined;
  readonly after: string | undefined;
}

/** Undefined: not affected, or its line is not among those that the advisory speaks of. */
export function affectedBy(version: Version, advisory: Advisory): Affected | undefined {
  const mended = ofLine(advisory.mended, version);
  const last = ofLine(advisory.last, version);
  const since = ofLine(advisory.since, version);
  if (mended === undefined && last === undefined) return undefined;
  if (mended !== undefined && compareVersions(version, mended.version) >= 0) return undefined;
  if (last !== undefined && compareVersions(version, last.version) > 0) return undefined;
  if (since !== undefined && compareVersions(version, since.version) < 0) return undefined;
  // Where some lines have a beginning, a line without one was not affected from its first release on, but is told all the same.
  return { to: mended?.text, after: last?.text };
}

function ofLine(list: string | undefined, version: Version): { text: string; version: Version } | undefined {
  for (const text of list?.split(" ") ?? []) {
    const read = readVersion(text);
    if (read !== undefined && lineOf(read) === lineOf(version)) return { text, version: read };
  }
  return undefined;
}
