/** How much it matters: an attacker is in (critical), gets in with patience (high), gets further (medium), learns something (low); `note` is said, not counted. */
export const SEVERITIES = ["critical", "high", "medium", "low", "note"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What is looked for: a row of data, the same for every finding of its kind. */
export interface Rule {
  /** Stable, in lower case with hyphens ("guest-calls"): `--only`, baselines, SARIF and the other job name it. */
  readonly id: string;
  readonly severity: Severity;
  /** What is so, in one line. */
  readonly title: string;
  /** Why it matters, and the attack that it allows. */
  readonly why: string;
  /** What to do, in words. */
  readonly fix: string;
  /** Rules of the other job that show the same from its side, and settings of ours that close it ("[front] register"). */
  readonly see: readonly string[];
}

/** Where it was found. */
export type Place =
  /** A file of the configuration as the user named it, and its line from 1; line 0: the file as a whole, or that something is not in it. */
  | { readonly file: string; readonly line: number }
  /** What was asked from outside: "udp:203.0.113.7:5060". */
  | { readonly target: string };

/** Lines of one file that others replace: `count` from `line` on (from 1; 0 lines: put before it). */
export interface Edit {
  readonly file: string;
  readonly line: number;
  readonly count: number;
  readonly lines: readonly string[];
}

export interface Finding {
  readonly rule: string;
  /** Where this one is worse or milder than its rule says. */
  readonly severity?: Severity;
  readonly place: Place;
  /** What is so here: names and values, no secret. */
  readonly says: string;
  /** Stays the same when lines move and values change: "pjsip.conf/alice/password". */
  readonly key: string;
  /** The exchange, or the path through the dialplan: lines as they are shown. */
  readonly proof: readonly string[];
  /** What would close it; empty where only a human can know. */
  readonly edits: readonly Edit[];
}

/** What one run found. */
export interface Findings {
  readonly job: "audit" | "probe";
  /** What was looked at, as the user named it. */
  readonly subject: string;
  readonly rules: readonly Rule[];
  readonly found: readonly Finding[];
  /** What could not be looked at, and why: the result is partial where this is not empty. */
  readonly missing: readonly string[];
}
