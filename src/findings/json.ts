import type { Findings, Severity } from "./finding.ts";
import { type Grade, gradeOf } from "./grade.ts";
import { severityOf, tally } from "./order.ts";
import { readable } from "./text.ts";

/** Grows when a field changes its meaning or goes; new fields do not count. */
export const JSON_VERSION = 1;

export interface Report {
  readonly format: "rempart-findings";
  readonly version: typeof JSON_VERSION;
  readonly job: Findings["job"];
  readonly subject: string;
  readonly grade: Grade["letter"];
  readonly points: number;
  /** Something could not be looked at: `missing` has what. */
  readonly partial: boolean;
  readonly counts: Readonly<Record<Severity, number>>;
  readonly rules: readonly {
    readonly id: string;
    readonly severity: Severity;
    readonly title: string;
    readonly why: string;
    readonly fix: string;
    readonly see: readonly string[];
  }[];
  readonly findings: readonly {
    readonly rule: string;
    readonly severity: Severity;
    /** File and line (0: the file as a whole), or target. */
    readonly file?: string;
    readonly line?: number;
    readonly target?: string;
    readonly says: string;
    readonly key: string;
    readonly proof: readonly string[];
    /** Is a change proposed? The change itself stands in the patch only: a report may be handed on, lines of the files may not. */
    readonly fixable: boolean;
  }[];
  readonly missing: readonly string[];
}

/** For programs. Every text is as it may be shown: controls are written out. */
export function jsonReport(findings: Findings): Report {
  const { letter, points } = gradeOf(findings);
  return {
    format: "rempart-findings",
    version: JSON_VERSION,
    job: findings.job,
    subject: readable(findings.subject),
    grade: letter,
    points,
    partial: findings.missing.length > 0,
    counts: tally(findings),
    rules: findings.rules.map(({ id, severity, title, why, fix, see }) => ({
      id: readable(id),
      severity,
      title: readable(title),
      why: readable(why),
      fix: readable(fix),
      see: see.map(readable),
    })),
    findings: findings.found.map((f) => ({
      rule: readable(f.rule),
      severity: severityOf(f, findings.rules),
      ...("target" in f.place
        ? { target: readable(f.place.target) }
        : { file: readable(f.place.file), line: f.place.line }),
      says: readable(f.says),
      key: readable(f.key),
      proof: f.proof.map(readable),
      fixable: f.edits.length > 0,
    })),
    missing: findings.missing.map(readable),
  };
}
