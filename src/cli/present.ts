import { readFileSync } from "node:fs";
import { type Trouble, trouble } from "../base/index.ts";
import {
  atLeast,
  type Findings,
  htmlPage,
  humanText,
  jsonReport,
  SEVERITIES,
  type Severity,
  sarifLog,
  severityOf,
} from "../findings/index.ts";
import type { Output } from "./perform.ts";

/** What was found in one of the forms; `notes` are for people. */
export function textOf(findings: Findings, output: Output, notes: readonly string[] = []): string {
  if (output === "html") return htmlPage(findings, Date.now(), version());
  if (output === "sarif") return JSON.stringify(sarifLog(findings, version()), null, 2);
  if (output === "json") return JSON.stringify(jsonReport(findings), null, 2);
  const colours = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  return [humanText(findings, { colours }), ...notes].join("\n\n");
}

/** The first line of what people see. */
export function verdict(findings: Findings): string {
  return humanText({ ...findings, missing: [] }, { colours: false, most: 0 }).split("\n")[0];
}

/** From which severity on the exit code is 1; USAGE for a word that is none. */
export function readFailOn(command: "audit" | "probe", word = "low"): Severity | "never" | Trouble {
  const severity = word === "never" ? word : SEVERITIES.find((s) => s === word);
  if (severity !== undefined) return severity;
  const what = `--fail-on: found ${JSON.stringify(word)}, expected ${SEVERITIES.join(", ")} or never`;
  return trouble("USAGE", what, "Nothing was done.", `See how it is written: rempart ${command} --help`);
}

/** Is one of them at least as bad? */
export function fails(findings: Findings, failOn: Severity | "never"): boolean {
  return failOn !== "never" && findings.found.some((f) => atLeast(severityOf(f, findings.rules), failOn));
}

function version(): string {
  const about: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return about.version;
}
