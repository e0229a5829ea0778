export { type Edit, type Finding, type Findings, type Place, type Rule, SEVERITIES, type Severity } from "./finding.ts";
