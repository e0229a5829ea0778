import type { Findings, Severity } from "./finding.ts";
import { grouped } from "./order.ts";

/** One letter for all of it, and the points that it comes from. */
export interface Grade {
  readonly letter: "A" | "B" | "C" | "D" | "E" | "F";
  readonly points: number;
}

/** Points of a rule that found something, once, by its worst finding: 200 phones with one fault are one thing to mend. */
export const POINTS: Readonly<Record<Severity, number>> = { critical: 60, high: 20, medium: 6, low: 2, note: 0 };

/** Fewer points than this: that letter. */
const LETTERS = [
  ["A", 6],
  ["B", 20],
  ["C", 40],
  ["D", 50],
  ["E", 60],
] as const;

/** The grade; the README has the formula in words. */
export function gradeOf(findings: Findings): Grade {
  const points = grouped(findings).reduce((sum, { severity }) => sum + POINTS[severity], 0);
  return { letter: LETTERS.find(([, below]) => points < below)?.[0] ?? "F", points };
}

/** "C", or "C or worse" where not everything could be looked at. */
export function gradeText(findings: Findings): string {
  const { letter } = gradeOf(findings);
  return findings.missing.length > 0 && letter !== "F" ? `${letter} or worse` : letter;
}
