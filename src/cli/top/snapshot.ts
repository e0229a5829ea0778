import { field, list, number, text } from "../print.ts";

/** Per second, of the time between two answers of the daemon. */
export interface Rates {
  readonly packets: number;
  readonly requests: number;
  readonly answers: number;
  readonly refused: number;
  /** Of logs, where a phone system is watched. */
  readonly lines: number;
}

/** What was decided, by verdict and scenario: how many entries there are, and packets that were refused for it. */
export interface VerdictRow {
  readonly action: string;
  readonly scenario: string;
  readonly held: number;
  readonly noted: number;
  /** Per second. */
  readonly refused: number;
  /** Since the start. */
  readonly decided: number;
}

export interface SourceRow {
  readonly source: string;
  /** Per second. */
  readonly packets: number;
  readonly refused: number;
  /** The latest facts by kind: "wrongPassword 8". */
  readonly does: string;
  /** "banned 9 min", "would be muted 1 min", "never"; empty for nothing. */
  readonly verdict: string;
  readonly reason: string;
  readonly standing: readonly string[];
  readonly device: string;
}

/** One picture of `rempart top`; `raw` is what the daemon said. */
export interface Snapshot {
  readonly rates: Rates;
  readonly facts: Readonly<Record<string, number>>;
  readonly verdicts: readonly VerdictRow[];
  readonly sources: readonly SourceRow[];
  readonly noted: readonly SourceRow[];
  readonly raw: unknown;
}

const DONE: Readonly<Record<string, string>> = { ban: "banned", mute: "muted", guard: "guarded" };

/** The picture that two answers make, one some time after the other. */
export function snapshotOf(before: unknown, now: unknown): Snapshot {
  const seconds = Math.max(0.001, (number(now, "at") - number(before, "at")) / 1_000);
  const rate = (name: string): number => Math.max(0, number(now, name) - number(before, name)) / seconds;
  const span = Math.max(1, number(now, "ms")) / 1_000;
  return {
    rates: {
      packets: rate("packets"),
      requests: rate("requests"),
      answers: rate("answers"),
      refused: rate("refused"),
      lines: rate("lines"),
    },
    facts: factRates(before, now, seconds),
    verdicts: verdictRows(before, now, seconds),
    sources: list(now, "sources").map((source) => sourceRow(source, span)),
    noted: list(now, "noted").map(notedRow),
    raw: now,
  };
}

function factRates(before: unknown, now: unknown, seconds: number): Record<string, number> {
  const rates: Record<string, number> = {};
  for (const fact of list(now, "facts")) {
    const kind = text(field(fact, "labels"), "kind");
    const old = list(before, "facts").find((f) => text(field(f, "labels"), "kind") === kind);
    rates[kind] = Math.max(0, number(fact, "count") - number(old, "count")) / seconds;
  }
  return rates;
}

function verdictRows(before: unknown, now: unknown, seconds: number): VerdictRow[] {
  const rows = new Map<string, { -readonly [K in keyof VerdictRow]: VerdictRow[K] }>();
  const row = (action: string, scenario: string) => {
    const key = `${action} ${scenario}`;
    const known = rows.get(key) ?? { action, scenario, held: 0, noted: 0, refused: 0, decided: 0 };
    rows.set(key, known);
    return known;
  };
  for (const each of list(now, "book")) {
    const r = row(text(each, "action"), text(each, "reason"));
    r.held = number(each, "held");
    r.noted = number(each, "noted");
  }
  for (const each of list(now, "refusedBy")) {
    const [action, reason] = [text(each, "action"), text(each, "reason")];
    const same = (e: unknown): boolean => text(e, "action") === action && text(e, "reason") === reason;
    const old = number(list(before, "refusedBy").find(same), "packets");
    row(action, reason).refused = Math.max(0, number(each, "packets") - old) / seconds;
  }
  for (const each of list(now, "verdicts")) {
    const labels = field(each, "labels");
    row(text(labels, "action"), text(labels, "scenario")).decided = number(each, "count");
  }
  return [...rows.values()].sort((a, b) => b.refused - a.refused || b.held + b.noted - a.held - a.noted);
}

function sourceRow(source: unknown, seconds: number): SourceRow {
  const entry = field(source, "entry");
  const does = field(source, "does");
  const kinds = typeof does === "object" && does !== null ? Object.entries(does) : [];
  return {
    source: text(source, "source"),
    packets: number(source, "packets") / seconds,
    refused: number(source, "refused") / seconds,
    does: kinds.map(([kind, n]) => `${kind} ${n}`).join(" "),
    verdict: field(source, "never") === true ? "never-list" : verdictOf(entry),
    reason: text(entry, "reason"),
    standing: list(source, "standing").map(String),
    device: text(source, "device"),
  };
}

function notedRow(entry: unknown): SourceRow {
  const source = text(entry, "source") || text(entry, "account");
  const who =
    text(entry, "source") !== "" && text(entry, "account") !== "" ? `${source} ${text(entry, "account")}` : source;
  return {
    source: who,
    packets: 0,
    refused: 0,
    does: text(entry, "because"),
    verdict: verdictOf(entry),
    reason: text(entry, "reason"),
    standing: list(entry, "standing").map(String),
    device: text(entry, "device"),
  };
}

function verdictOf(entry: unknown): string {
  if (typeof entry !== "object" || entry === null) return "";
  const done = DONE[text(entry, "action")] ?? "";
  const left = short(number(entry, "left"));
  return field(entry, "enforced") === true ? `${done} ${left}` : `would be ${done} ${left}`;
}

/** A length of time in five characters. */
function short(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, seconds)}s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.round(seconds / 3_600)}h` : `${Math.round(seconds / 86_400)}d`;
}
