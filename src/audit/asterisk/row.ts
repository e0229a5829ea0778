import type { Edit, Rule, Severity } from "../../findings/index.ts";
import type { Site } from "./site.ts";

/** A place in a file of the configuration, named from its folder. */
export interface At {
  readonly file: string;
  readonly line: number;
}

/** What a check says: a finding without what its rule and the folder's name say already. */
export interface Told {
  readonly at: At;
  readonly says: string;
  readonly key: string;
  readonly severity?: Severity;
  readonly proof?: readonly string[];
  /** Files are named from the folder here, too. */
  readonly edits?: readonly Edit[];
}

/** A rule and the function that looks for it. */
export interface Row {
  readonly rule: Rule;
  readonly check: (site: Site) => readonly Told[];
}

/** "a.conf:12" */
export function shown(at: At): string {
  return `${at.file}:${at.line}`;
}

/** "a, b, c and 9 more" */
export function listed(names: readonly string[], most = 5): string {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}
