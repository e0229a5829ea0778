import type { Finding, Findings, Place, Rule, Severity } from "./finding.ts";
import { severityOf } from "./order.ts";
import { readable } from "./text.ts";

const LEVEL: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  note: "note",
};

/** What code hosts sort by, on the scale of CVSS. */
const SCORE: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.5",
  note: "0.0",
};

/**
 * SARIF 2.1.0 (OASIS): one run, its rules, a result for each finding. `version` is ours. What could not be looked at stands in the
 * notifications of the invocation.
 */
export function sarifLog(findings: Findings, version: string) {
  const ids = [...new Set([...findings.rules.map((r) => r.id), ...findings.found.map((f) => f.rule)])];
  const rules = ids.map((id) => ruleOf(findings.rules.find((r) => r.id === id) ?? unknown(id)));
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Rempart", version, rules } },
        automationDetails: { id: `rempart/${findings.job}/` },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: findings.missing.map((m) => ({
              level: "warning",
              message: { text: readable(m) },
            })),
          },
        ],
        results: findings.found.map((f) => resultOf(f, ids.indexOf(f.rule), severityOf(f, findings.rules))),
      },
    ],
  };
}

function unknown(id: string): Rule {
  return { id, severity: "medium", title: id, why: id, fix: "", see: [] };
}

function ruleOf(rule: Rule) {
  const help = [rule.why, rule.fix]
    .filter((text) => text !== "")
    .map(readable)
    .join("\n\n");
  return {
    id: readable(rule.id),
    shortDescription: { text: readable(rule.title) },
    fullDescription: { text: readable(rule.why || rule.title) },
    help: { text: help || readable(rule.title) },
    defaultConfiguration: { level: LEVEL[rule.severity] },
    properties: { tags: ["security"], "security-severity": SCORE[rule.severity], see: rule.see.map(readable) },
  };
}

function resultOf(finding: Finding, ruleIndex: number, severity: Severity) {
  return {
    ruleId: readable(finding.rule),
    ruleIndex,
    level: LEVEL[severity],
    message: { text: readable(finding.says) || readable(finding.rule) },
    locations: [locationOf(finding.place)],
    partialFingerprints: { "rempartKey/v1": `${readable(finding.rule)}:${readable(finding.key)}` },
    properties: { severity, "security-severity": SCORE[severity], proof: finding.proof.map(readable) },
  };
}

function locationOf(place: Place) {
  if ("target" in place)
    return { logicalLocations: [{ fullyQualifiedName: readable(place.target), kind: "resource" }] };
  const artifactLocation = { uri: uriOf(place.file) };
  return {
    physicalLocation: place.line > 0 ? { artifactLocation, region: { startLine: place.line } } : { artifactLocation },
  };
}

/** A path as a URI reference (SARIF 3.4.3): what is no path character is written as bytes. */
function uriOf(path: string): string {
  const quoted = readable(path)
    .split("/")
    .map((part) =>
      encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join("/");
  return path.startsWith("/") ? `file://${quoted}` : quoted;
}
