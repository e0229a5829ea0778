import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type Trouble, trouble } from "../../base/index.ts";
import type { Findings } from "../../findings/index.ts";

/** What is kept of a result: enough to see what changed. */
export interface Kept {
  readonly at: string;
  readonly subject: string;
  /** Keys of what was found, each with its words. */
  readonly found: Readonly<Record<string, string>>;
}

/** What is other than the last time. */
export interface Changes {
  /** When that was; "" for never. */
  readonly since: string;
  readonly appeared: readonly string[];
  readonly gone: readonly string[];
}

/** Where the result for a target is kept when no --state names a file. */
export function stateFile(subject: string): string {
  const states = process.env.XDG_STATE_HOME ?? join(homedir(), ".local", "state");
  return join(states, "rempart", `probe-${subject.replaceAll(/[^\w.-]+/g, "_")}.json`);
}

/** The result of last time; undefined when there is none, or none of this target. PROBE_STATE for a file that is something else. */
export function readKept(file: string, subject: string): Kept | undefined | Trouble {
  try {
    const kept: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (!isKept(kept)) return notOurs(file);
    return kept.subject === subject ? kept : undefined;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT" ? undefined : notOurs(file);
  }
}

function isKept(x: unknown): x is Kept {
  if (typeof x !== "object" || x === null || !("at" in x) || !("subject" in x) || !("found" in x)) return false;
  return typeof x.at === "string" && typeof x.found === "object" && x.found !== null;
}

/** Writes it whole or not at all, for its owner alone: it says where a phone system is weak. */
export function keep(file: string, now: Kept): Trouble | undefined {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, `${JSON.stringify(now, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return trouble(
      "PROBE_STATE",
      `the result cannot be kept: ${why}`,
      "The run itself is complete.",
      "Name another file: rempart probe --state FILE",
    );
  }
}

/** What of a result is kept. What was not looked at this time is neither found nor gone: it stays as it was. */
export function keptOf(all: Findings, before: Kept | undefined, at: string): Kept {
  const now = all.found.map((f) => [f.key, `${f.rule}: ${f.says}`] as const);
  // "guest-calls, prefix-calls: why". What needs an option that is not given was not looked at last time either.
  const left = all.missing.filter((m) => !/needs? |no number|no accounts/.test(m));
  const rules = new Set(left.flatMap((m) => m.slice(0, Math.max(0, m.indexOf(":"))).split(/[ ,]+/)));
  const stays = Object.entries(before?.found ?? {}).filter(([, words]) => rules.has(words.split(":")[0]));
  return { at, subject: all.subject, found: Object.fromEntries([...stays, ...now]) };
}

/** What has come and what is gone since `before`. */
export function changesOf(before: Kept | undefined, now: Kept): Changes {
  const lines = (a: Kept, b: Kept | undefined): string[] =>
    Object.entries(a.found)
      .filter(([key]) => b === undefined || b.found[key] === undefined)
      .map(([, says]) => says);
  return {
    since: before?.at ?? "",
    appeared: lines(now, before),
    gone: before === undefined ? [] : lines(before, now),
  };
}

/** For people. */
export function showChanges(c: Changes): string {
  if (c.since === "") return "The first result: from now on, changes are told.";
  if (c.appeared.length + c.gone.length === 0) return `No change since ${c.since}.`;
  const appeared = c.appeared.map((line) => `  + ${line}`);
  const gone = c.gone.map((line) => `  - ${line}`);
  return [`Since ${c.since}:`, ...appeared, ...gone].join("\n");
}

function notOurs(file: string): Trouble {
  return trouble(
    "PROBE_STATE",
    `${file} is no result of an earlier run, or cannot be read`,
    "Nothing was sent.",
    "Remove it, or name another file: rempart probe --state FILE",
  );
}
