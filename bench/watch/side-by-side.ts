import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AsteriskLog, LineCutter } from "../../src/watch/index.ts";
import { SERVER_CORE } from "../process.ts";

/** Words of a program before the name of the log. */
export const REMPART = [
  join(import.meta.dirname, "../../bin/rempart"),
  "watch",
  "regex",
  "--show",
  "summary",
  "--format",
  "asterisk",
];
export const FAIL2BAN = ["fail2ban-regex"];

/** Seconds, the median of the rounds. */
export interface Timed {
  readonly wall: number;
  /** Processor time, of user and system. */
  readonly cpu: number;
}

/** Runs a program on one core, again and again. */
export function timed(program: readonly string[], log: string, rounds: number): Timed {
  const all = Array.from({ length: rounds }, () => once(program, log));
  return { wall: median(all.map((one) => one.wall)), cpu: median(all.map((one) => one.cpu)) };
}

function once(program: readonly string[], log: string): Timed {
  const filter = program === FAIL2BAN ? ["asterisk"] : [];
  const words = ["-c", String(SERVER_CORE), ...program, log, ...filter];
  // The shell tells what its children have used. Findings are exit codes.
  const script = 'taskset "$@" >/dev/null || [ $? -le 1 ] || exit 9; times';
  const began = performance.now();
  const said = execFileSync("sh", ["-c", script, "sh", ...words], { encoding: "utf8" });
  const wall = (performance.now() - began) / 1_000;
  const [, children = ""] = said.trim().split("\n");
  const cpu = children.split(" ").reduce((sum, part) => {
    const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(part) ?? [];
    return sum + Number(minutes) * 60 + Number(seconds);
  }, 0);
  return { wall, cpu };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

export interface Verdicts {
  readonly both: number;
  readonly onlyRempart: number;
  readonly onlyFail2ban: number;
  /** Lines that fail2ban-regex matches, and facts that something is laid to somebody by. */
  readonly matched: number;
  readonly facts: number;
  /** What is logged of addresses that only one of them finds: the line without what changes, and how often. */
  readonly ofRempart: readonly (readonly [string, number])[];
  readonly ofFail2ban: readonly (readonly [string, number])[];
}

/** Which addresses each of them finds, and what is logged of those that only one does. */
export function compare(log: string): Verdicts {
  const out = execFileSync("fail2ban-regex", ["-o", "ip", log, "asterisk"], { encoding: "latin1", maxBuffer: 2 ** 30 });
  const matched = out.split("\n").filter((line) => line !== "");
  const theirs = new Set(matched);
  const ours = new Set<string>();
  let facts = 0;
  const reader = new AsteriskLog((fact) => {
    if (fact.kind === "success") return;
    facts++;
    ours.add(fact.address);
  });
  eachLine(log, (line) => void reader.take(line, Date.now()));
  reader.flush();
  const onlyOurs = new Set([...ours].filter((address) => !theirs.has(address)));
  const onlyTheirs = new Set([...theirs].filter((address) => !ours.has(address)));
  const [ofRempart, ofFail2ban] = [new Map<string, number>(), new Map<string, number>()];
  eachLine(log, (line) => {
    for (const [address] of line.matchAll(/\d+\.\d+\.\d+\.\d+/g)) {
      if (onlyOurs.has(address)) add(ofRempart, line);
      if (onlyTheirs.has(address)) add(ofFail2ban, line);
    }
  });
  return {
    both: ours.size - onlyOurs.size,
    onlyRempart: onlyOurs.size,
    onlyFail2ban: onlyTheirs.size,
    matched: matched.length,
    facts,
    ofRempart: most(ofRempart),
    ofFail2ban: most(ofFail2ban),
  };
}

function eachLine(path: string, take: (line: string) => void): void {
  const cutter = new LineCutter();
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length; at += 2 ** 20) cutter.push(bytes.subarray(at, at + 2 ** 20), take);
  cutter.end(take);
}

/** Counts a line under its beginning, numbers left out. */
function add(tallies: Map<string, number>, line: string): void {
  const name = line
    .replace(/^\[[^\]]*\] /, "")
    .replaceAll(/[\d.:]{2,}|\[[^\]]*\]/g, "")
    .slice(0, 70)
    .trim();
  tallies.set(name, (tallies.get(name) ?? 0) + 1);
}

function most(tallies: Map<string, number>): [string, number][] {
  return [...tallies].sort((a, b) => b[1] - a[1]).slice(0, 8);
}
