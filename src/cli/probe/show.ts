import { type Finding, type Findings, SEVERITIES, type Severity } from "../../findings/index.ts";

/** Severity of one finding: its own, or that of its rule. */
export function severityOf(all: Findings, f: Finding): Severity {
  return f.severity ?? all.rules.find((r) => r.id === f.rule)?.severity ?? "note";
}

/** Worst first, as found otherwise. */
function sorted(all: Findings): readonly Finding[] {
  const rank = (f: Finding): number => SEVERITIES.indexOf(severityOf(all, f));
  return [...all.found].sort((a, b) => rank(a) - rank(b));
}

/** For people. The one place where findings of probe become text. */
export function showFindings(all: Findings, sent: number): string {
  const blocks = sorted(all).map((f) => showOne(all, f));
  const counts = SEVERITIES.map((s) => [all.found.filter((f) => severityOf(all, f) === s).length, s] as const);
  const sum = counts
    .filter(([n]) => n > 0)
    .map(([n, s]) => `${n} ${s}`)
    .join(", ");
  const partial = all.missing.length === 0 ? "" : "\n\nNot looked at (the result is partial):\n";
  const missing = all.missing.map((m) => `  - ${m}`).join("\n");
  const head = `${all.subject}: ${sum === "" ? "nothing found" : sum}; ${sent} packets sent`;
  return [head, ...blocks].join("\n\n") + partial + missing;
}

function showOne(all: Findings, f: Finding): string {
  const rule = all.rules.find((r) => r.id === f.rule);
  const place = "target" in f.place ? f.place.target : `${f.place.file}:${f.place.line}`;
  const lines = [`${severityOf(all, f).toUpperCase()}  ${f.rule}  ${place}`, `  ${rule?.title ?? ""}: ${f.says}`];
  if (severityOf(all, f) !== "note") lines.push(`  why: ${rule?.why ?? ""}`, `  fix: ${rule?.fix ?? ""}`);
  if (rule !== undefined && rule.see.length > 0) lines.push(`  see: ${rule.see.join("; ")}`);
  return [...lines, ...f.proof.map((line) => `    ${line}`)].join("\n");
}

/** For programs: the findings with their severities, and what was sent. */
export function dataOf(all: Findings, sent: number): unknown {
  const found = sorted(all).map((f) => ({ ...f, severity: severityOf(all, f) }));
  return { ...all, found, partial: all.missing.length > 0, sent };
}
