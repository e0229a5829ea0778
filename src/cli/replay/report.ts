import type { Finding, Replay, Trial } from "../../replay/index.ts";
import { sourceOf } from "../../shield/index.ts";

/** Facts that are shown of a finding where one source is not asked for. */
const SHOWN = 8;

/** One setting and what came of it. */
export interface Judged {
  readonly findings: readonly Finding[];
  /** Findings beyond those listed. */
  readonly more: number;
  readonly facts: number;
}

/** What `-o json` prints. Times are milliseconds since 1970; of logs without a time zone, as if they were UTC. */
export interface Report {
  readonly from: number;
  readonly to: number;
  readonly files: Replay["files"];
  readonly servers: readonly string[];
  readonly serversGuessed: boolean;
  readonly read: Readonly<Record<string, number>>;
  readonly unknownLinks: readonly number[];
  readonly present: Judged | undefined;
  readonly judged: Judged;
  /** With `--compare`: whom what would befall under one of the two alone. */
  readonly added: readonly string[];
  readonly gone: readonly string[];
}

/** Gathers what was found; of one source alone where `source` names it. */
export function reportOf(run: Replay, source: string | undefined): Report {
  const of = (trial: Trial): Judged => judgedOf(trial, source === undefined ? undefined : sourceOf(source));
  const [first, second] = run.trials;
  const { packets, notIp, damaged, otherProtocol, otherUdp, keepAlives, cut, unknownLinks } = run.dissector.counts;
  const { streams, incomplete } = run.dissector;
  const judged = of(second ?? first);
  const present = second === undefined ? undefined : of(first);
  const now = new Set(judged.findings.map(nameOf));
  const before = new Set(present?.findings.map(nameOf));
  return {
    from: run.from,
    to: run.to,
    files: run.files,
    servers: run.servers.ends,
    serversGuessed: run.servers.isGuess,
    read: { packets, notIp, damaged, otherProtocol, otherUdp, keepAlives, cut, incomplete, ...streams, ...run.counts },
    unknownLinks: [...unknownLinks],
    present,
    judged,
    added: present === undefined ? [] : [...now].filter((name) => !before.has(name)),
    gone: present === undefined ? [] : [...before].filter((name) => !now.has(name)),
  };
}

function judgedOf(trial: Trial, source: string | undefined): Judged {
  const all = trial.findings();
  const meant = source === undefined ? all : all.filter((f) => f.source === source || isEvidenceOf(f, source));
  const findings = source === undefined ? meant.map((f) => ({ ...f, evidence: f.evidence.slice(-SHOWN) })) : meant;
  return { findings, more: source === undefined ? trial.more : 0, facts: trial.facts };
}

function isEvidenceOf({ evidence }: Finding, source: string): boolean {
  return evidence.some((fact) => sourceOf(fact.address) === source);
}

/** Whom, what and what for: by this two settings are held against each other. */
function nameOf({ action, source, account, device, scenario }: Finding): string {
  const who = [source, account, device].filter((part) => part !== "").join(" ");
  return `${who}: ${action} for ${scenario}`;
}

export { showReport } from "./show.ts";
