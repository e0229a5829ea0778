import type { Finding, Findings } from "./finding.ts";
import { readable } from "./text.ts";

/** What is known already: the keys of an earlier run, sorted, so that two files of them can be compared by eye. */
export interface Baseline {
  readonly format: "rempart-baseline";
  readonly version: 1;
  readonly keys: readonly string[];
}

export interface Compared {
  /** The same findings without those that are known. */
  readonly fresh: Findings;
  /** How many are known and still there. */
  readonly known: number;
  /** Keys that are not found any more: mended, or not looked at where the result is partial. */
  readonly gone: readonly string[];
}

/** A baseline with all that was found. */
export function baselineOf(findings: Findings): Baseline {
  return { format: "rempart-baseline", version: 1, keys: [...new Set(findings.found.map(keyOf))].sort() };
}

/** Reads what `baselineOf` gave, as text; undefined for anything else. */
export function readBaseline(text: string): Baseline | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof data !== "object" || data === null) return undefined;
  const { format, version, keys } = data as Partial<Baseline>;
  if (format !== "rempart-baseline" || version !== 1 || !Array.isArray(keys)) return undefined;
  return keys.every((key) => typeof key === "string") ? { format, version, keys } : undefined;
}

/** What is new since the baseline, and what is gone. */
export function compare(findings: Findings, baseline: Baseline): Compared {
  const before = new Set(baseline.keys);
  const fresh = findings.found.filter((f) => !before.has(keyOf(f)));
  const now = new Set(findings.found.map(keyOf));
  return {
    fresh: { ...findings, found: fresh },
    known: findings.found.length - fresh.length,
    gone: baseline.keys.filter((key) => !now.has(key)),
  };
}

function keyOf(finding: Finding): string {
  return `${readable(finding.rule)}:${readable(finding.key)}`;
}
