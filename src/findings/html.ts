import { type Finding, type Findings, SEVERITIES } from "./finding.ts";
import { gradeOf, gradeText } from "./grade.ts";
import { STYLE } from "./html-style.ts";
import { countsText } from "./human.ts";
import { type Group, grouped, placeText, severityOf, tally } from "./order.ts";
import { countOf, readable } from "./text.ts";

/**
 * A page to hand on: one file, no script, nothing from elsewhere, printable on A4. `at`: when it was looked, milliseconds since 1970;
 * `version` is ours.
 */
export function htmlPage(findings: Findings, at: number, version: string): string {
  const title = `${findings.job === "audit" ? "Audit" : "Probe"} of ${findings.subject}`;
  const groups = grouped(findings);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${safe(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${head(findings, title, at)}
${findings.missing.length === 0 ? "" : missing(findings)}
${groups.length === 0 ? `<p class="none">Nothing was found.</p>` : contents(groups)}
${groups.map((g, i) => section(g, i, findings)).join("\n")}
<footer>
<p>The grade comes from the rules that found something, each counted once by its worst finding (critical 60, high 20, medium 6, low 2 points): A below 6, B below 20, C below 40, D below 50, E below 60, F from 60 on.</p>
<p>Made by Rempart ${safe(version)}. It says what these ${countOf(findings.rules.length, "rule")} can see; what they cannot see may still be wrong.</p>
</footer>
</body>
</html>
`;
}

/** Text for HTML, in elements and in quoted attributes alike. */
export function safe(text: string): string {
  return readable(text).replace(/[&<>"'\u0060]/g, (c) => `&#${c.charCodeAt(0)};`);
}

function head(findings: Findings, title: string, at: number): string {
  const { letter, points } = gradeOf(findings);
  const counts = tally(findings);
  const tiles = SEVERITIES.map(
    (s) => `<li class="${s}${counts[s] === 0 ? " zero" : ""}"><b>${counts[s]}</b> <span>${s}</span></li>`,
  ).join("");
  return `<header>
<div class="grade ${letter}"><b>${letter}</b><span>${safe(gradeText(findings).slice(2) || "grade")}</span></div>
<div class="about">
<h1>${safe(title)}</h1>
<p>${moment(at)} &middot; ${countOf(findings.rules.length, "rule")} &middot; ${countsText(findings)} &middot; ${points} points</p>
<ul class="tiles">${tiles}</ul>
</div>
</header>`;
}

function missing({ missing: lines }: Findings): string {
  return `<section class="missing"><h2>This result is partial</h2><p>Not looked at:</p><ul>${lines
    .map((line) => `<li>${safe(line)}</li>`)
    .join("")}</ul></section>`;
}

function contents(groups: readonly Group[]): string {
  const rows = groups.map(
    ({ rule, severity, found }, i) =>
      `<tr><td><span class="tag ${severity}">${severity}</span></td><td><a href="#r${i}">${safe(rule.title)}</a></td><td class="n">${found.length}</td></tr>`,
  );
  return `<table><thead><tr><th>Severity</th><th>What was found</th><th class="n">Places</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function section(group: Group, index: number, findings: Findings): string {
  const { rule, severity, found } = group;
  const see = rule.see.length === 0 ? "" : `<dt>See also</dt><dd>${safe(rule.see.join(", "))}</dd>`;
  return `<section class="rule ${severity}" id="r${index}">
<h2><span class="tag ${severity}">${severity}</span> ${safe(rule.title)} <code>${safe(rule.id)}</code></h2>
<dl>${rule.why === "" ? "" : `<dt>Why</dt><dd>${safe(rule.why)}</dd>`}${rule.fix === "" ? "" : `<dt>Fix</dt><dd>${safe(rule.fix)}</dd>`}${see}</dl>
<ul class="found">${found.map((f, i) => item(f, found[i - 1], group, findings)).join("")}</ul>
</section>`;
}

/** One place; several about the same one stand below it. */
function item(finding: Finding, before: Finding | undefined, group: Group, findings: Findings): string {
  const own = severityOf(finding, findings.rules);
  const tag = own === group.severity ? "" : `<span class="tag ${own}">${own}</span> `;
  const place = placeText(finding.place);
  const isSame = before !== undefined && placeText(before.place) === place;
  const head = isSame ? "" : `<p class="place"><code>${safe(place)}</code></p>`;
  const proof = finding.proof.length === 0 ? "" : `<pre>${finding.proof.map(safe).join("\n")}</pre>`;
  const fix = finding.edits.length === 0 ? "" : `<p class="patch">A change of the file is proposed in the patch.</p>`;
  return `<li${isSame ? ' class="same"' : ""}>${head}<p>${tag}${safe(finding.says)}</p>${proof}${fix}</li>`;
}

function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
