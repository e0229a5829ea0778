import { type Findings, SEVERITIES, type Severity } from "./finding.ts";
import { gradeOf, gradeText } from "./grade.ts";
import { type Group, grouped, placeText, severityOf, tally } from "./order.ts";
import { countOf, readable, wrap } from "./text.ts";

/** How it is shown to people. */
export interface Look {
  /** Only a terminal understands them. */
  readonly colours: boolean;
  /** Findings of one rule that are shown in full; the others are counted. */
  readonly most?: number;
}

const MOST = 20;
const WIDTH = 100;
const SGR: Readonly<Record<Severity | "bold" | "faint", string>> = {
  critical: "1;31",
  high: "31",
  medium: "33",
  low: "36",
  note: "2",
  bold: "1",
  faint: "2",
};

/** What was found, for people: the grade, then each rule with its places, worst first. Without a line end. */
export function humanText(findings: Findings, { colours, most = MOST }: Look): string {
  const paint = (text: string, how: Severity | "bold" | "faint"): string =>
    colours ? `\u001b[${SGR[how]}m${text}\u001b[0m` : text;
  const parts = [headLines(findings, paint).join("\n")];
  for (const group of grouped(findings)) parts.push(groupLines(group, findings, most, paint).join("\n"));
  if (findings.missing.length > 0) {
    const lines = findings.missing.flatMap((m) => hanging("- ", readable(m)));
    parts.push([paint("Not looked at, so this is a partial result:", "bold"), ...lines].join("\n"));
  }
  return parts.join("\n\n");
}

type Paint = (text: string, how: Severity | "bold" | "faint") => string;

function headLines(findings: Findings, paint: Paint): string[] {
  const { letter, points } = gradeOf(findings);
  const worst = grouped(findings)[0]?.severity ?? "note";
  const title = `${findings.job === "audit" ? "Audit" : "Probe"} of ${readable(findings.subject)}`;
  const grade = `grade ${gradeText(findings)} (${points} points)`;
  return [
    `${paint(title, "bold")}: ${letter === "A" ? grade : paint(grade, worst)}`,
    `${countsText(findings)}. ${countOf(findings.rules.length, "rule")} checked.`,
  ];
}

/** "2 critical, 1 low", or "Nothing found". */
export function countsText(findings: Findings): string {
  const counts = tally(findings);
  const said = SEVERITIES.filter((s) => counts[s] > 0).map((s) =>
    s === "note" ? countOf(counts[s], "note") : `${counts[s]} ${s}`,
  );
  return said.length === 0 ? "Nothing found" : said.join(", ");
}

function groupLines(group: Group, findings: Findings, most: number, paint: Paint): string[] {
  const { rule, severity, found } = group;
  const lines = [
    `${paint(severity.toUpperCase(), severity)}  ${paint(readable(rule.title), "bold")}  ${paint(`[${readable(rule.id)}]`, "faint")}`,
  ];
  let before = "";
  for (const finding of found.slice(0, most)) {
    const own = severityOf(finding, findings.rules);
    const place = `  ${placeText(finding.place)}${own === severity ? "" : ` (${own})`}`;
    // Several about one place stand below it.
    if (place !== before) lines.push(place);
    before = place;
    lines.push(...wrap(readable(finding.says), WIDTH - 6).map((line) => `      ${line}`));
    lines.push(...finding.proof.map((line) => paint(`      | ${readable(line)}`, "faint")));
  }
  const rest = found.length - most;
  if (rest > 0) lines.push(`  and ${rest} more of the same (all of them: -o json)`);
  if (rule.why !== "") lines.push(...hanging("  why  ", readable(rule.why)));
  if (rule.fix !== "") lines.push(...hanging("  fix  ", readable(rule.fix)));
  if (found.some((f) => f.edits.length > 0))
    lines.push("       A change of these files is proposed: --fix FILE.patch writes it.");
  if (rule.see.length > 0) lines.push(...hanging("  see  ", rule.see.map(readable).join(", ")));
  return lines;
}

/** A text behind a word, its further lines below the first. */
function hanging(lead: string, text: string): string[] {
  const indent = " ".repeat(lead.length);
  return wrap(text, WIDTH - lead.length).map((line, i) => `${i === 0 ? lead : indent}${line}`);
}
