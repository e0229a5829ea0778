import { type Finding, type Findings, type Place, type Rule, SEVERITIES, type Severity } from "./finding.ts";
import { readable } from "./text.ts";

/** All that was found of one rule. */
export interface Group {
  readonly rule: Rule;
  /** Of its worst finding. */
  readonly severity: Severity;
  /** Worst first, then by place. */
  readonly found: readonly Finding[];
}

/** Is `a` at least as bad as `b`? */
export function atLeast(a: Severity, b: Severity): boolean {
  return rank(a) <= rank(b);
}

/** How bad one finding is: its own word, else its rule's. A finding of a rule that nobody described is not hidden. */
export function severityOf(finding: Finding, rules: readonly Rule[]): Severity {
  return finding.severity ?? rules.find((r) => r.id === finding.rule)?.severity ?? "medium";
}

/** Findings by rule, worst first; rules of the same severity as they were given. */
export function grouped({ rules, found }: Findings): Group[] {
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  const byRule = new Map<string, Finding[]>(rules.map((rule) => [rule.id, []]));
  for (const finding of found) {
    const its = byRule.get(finding.rule);
    if (its === undefined) byRule.set(finding.rule, [finding]);
    else its.push(finding);
  }
  const groups: Group[] = [];
  for (const [id, its] of byRule) {
    if (its.length === 0) continue;
    const rule = known.get(id) ?? undescribed(id);
    const worth = (f: Finding): Severity => f.severity ?? rule.severity;
    const sorted = its.toSorted((a, b) => rank(worth(a)) - rank(worth(b)) || byPlace(a.place, b.place));
    groups.push({ rule, severity: worth(sorted[0]), found: sorted });
  }
  return groups.sort((a, b) => rank(a.severity) - rank(b.severity));
}

/** How many findings there are of each severity. */
export function tally({ rules, found }: Findings): Record<Severity, number> {
  const known = new Map(rules.map((rule) => [rule.id, rule.severity]));
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, note: 0 };
  for (const finding of found) counts[finding.severity ?? known.get(finding.rule) ?? "medium"]++;
  return counts;
}

/** "pjsip.conf:12", "pjsip.conf", "udp:203.0.113.7:5060": as it is shown. */
export function placeText(place: Place): string {
  if ("target" in place) return readable(place.target);
  return place.line > 0 ? `${readable(place.file)}:${place.line}` : readable(place.file);
}

function undescribed(id: string): Rule {
  return { id, severity: "medium", title: id, why: "", fix: "", see: [] };
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

function byPlace(a: Place, b: Place): number {
  const [x, y] = [placeName(a), placeName(b)];
  if (x !== y) return x < y ? -1 : 1;
  return ("line" in a ? a.line : 0) - ("line" in b ? b.line : 0);
}

function placeName(place: Place): string {
  return "target" in place ? place.target : place.file;
}
