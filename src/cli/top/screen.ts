import { field, number, span, text } from "../print.ts";
import type { Snapshot, SourceRow, VerdictRow } from "./snapshot.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Smallest picture that is drawn; in less the rest is cut off. */
const NARROWEST = 40;
/** Lines that are no list: head, titles, gaps, foot. */
const FIXED = 11;

type Paint = (text: string, code: number) => string;

const plain: Paint = (text) => text;
const coloured: Paint = (text, code) => `\x1b[${code}m${text}\x1b[0m`;
const BOLD = 1;
const RED = 31;
const YELLOW = 33;
const GREEN = 32;
const DIM = 2;

/** The picture in lines, none longer than the terminal is wide, no more than it has rows. `colour`: with escape sequences. */
export function drawTop(s: Snapshot, size: Size, colour: boolean): string[] {
  const paint = colour ? coloured : plain;
  const width = Math.max(NARROWEST, size.columns);
  const room = Math.max(3, size.rows - FIXED);
  const verdicts = s.verdicts.filter((v) => v.held + v.noted + v.refused + v.decided > 0);
  const forVerdicts = Math.min(verdicts.length, Math.max(2, Math.floor(room / 4)));
  const forNoted = Math.min(s.noted.length, Math.floor(room / 4));
  const forSources = Math.max(1, room - forVerdicts - forNoted - (forNoted > 0 ? 2 : 0));
  const lines = [
    ...head(s, width, paint),
    "",
    paint(cell("VERDICT  SCENARIO               IN FORCE    NOTED  REFUSED/s    DECIDED", width), BOLD),
    ...(verdicts.length === 0 ? [cell("none so far", width)] : []),
    ...verdicts.slice(0, forVerdicts).map((v) => verdictLine(v, width)),
    "",
    ...sourceTable(s.sources.slice(0, forSources), width, paint),
  ];
  if (forNoted > 0) {
    lines.push("", paint(cell("NOTED LAST: WOULD BE KEPT OUT", width), BOLD));
    lines.push(...s.noted.slice(0, forNoted).map((row) => paint(cell(notedLine(row), width), YELLOW)));
  }
  return lines.slice(0, Math.max(1, size.rows - 1));
}

function head(s: Snapshot, width: number, paint: Paint): string[] {
  const { rates, raw, facts } = s;
  const mode = field(raw, "mode");
  const enforcing = text(mode, "mode") === "enforce";
  const left = field(mode, "left");
  const trial = typeof left === "number" ? `, ends in ${span(left)} unless confirmed` : "";
  const state = enforcing ? `enforce${trial}` : "observe: nobody is kept out";
  const up = span(number(raw, "at") - number(raw, "started"));
  const clock = `${new Date(number(raw, "at")).toISOString().slice(11, 19)} UTC`;
  const loop = field(raw, "loop");
  const delay = (thread: string): string => `${number(field(loop, thread), "p99").toFixed(1)}`;
  const seen = Object.entries(facts)
    .filter(([kind, rate]) => kind !== "success" && rate > 0)
    .map(([kind, rate]) => `${kind} ${figure(rate)}/s`);
  const left1 = `Rempart  ${state}`;
  const right1 = `up ${up}  ${clock}`;
  return [
    paint(ends(left1, right1, width), enforcing ? GREEN : YELLOW),
    cell(
      `packets ${figure(rates.packets)}/s  requests ${figure(rates.requests)}/s  answers ${figure(rates.answers)}/s  ` +
        `refused ${figure(rates.refused)}/s`,
      width,
    ),
    cell(
      logLine(s) ??
        `registered ${number(raw, "registrations")}  transactions ${number(raw, "transactions")}  ` +
          `lost ${number(raw, "lost")}  waits ${delay("signalling")}, ${delay("control")} ms  ${Math.round(number(raw, "memory") / 1_048_576)} MiB`,
      width,
    ),
    paint(cell(seen.length === 0 ? "seen: nothing an attacker does" : `seen: ${seen.join("  ")}`, width), DIM),
  ];
}

/** Beside a phone system there is a log in the place of an edge. */
function logLine({ rates, raw }: Snapshot): string | undefined {
  if (typeof field(raw, "lines") !== "number") return undefined;
  const waits = number(field(field(raw, "loop"), "control"), "p99").toFixed(1);
  const memory = Math.round(number(raw, "memory") / 1_048_576);
  return `log lines ${figure(rates.lines)}/s  with standing ${number(raw, "standing")}  waits ${waits} ms  ${memory} MiB`;
}

function verdictLine(v: VerdictRow, width: number): string {
  return cell(
    `${v.action.padEnd(7)}  ${v.scenario.padEnd(22)} ${count(v.held, 8)} ${count(v.noted, 8)} ${figure(v.refused).padStart(10)} ${count(v.decided, 10)}`,
    width,
  );
}

/** In a wide terminal what is last gets what is left. */
function sourceTable(rows: readonly SourceRow[], width: number, paint: Paint): string[] {
  const longest = rows.reduce((most, row) => Math.max(most, row.source.length), 15);
  const source = Math.min(longest, width < 100 ? 21 : 43);
  const does = width < 100 ? 14 : 30;
  const line = (row: readonly string[]): string =>
    cell(
      `${cell(row[0], source)} ${row[1].padStart(5)} ${row[2].padStart(5)}  ${cell(row[3], does)} ${cell(row[4], 18)} ${row[5]}`,
      width,
    );
  const title = paint(line(["SOURCE", "PKT/s", "REF/s", "DOES", "VERDICT", "KNOWN BY, DEVICE"]), BOLD);
  if (rows.length === 0) return [title, cell("nobody sends anything", width)];
  const painted = rows.map((row) => {
    const known = row.standing.length === 0 ? "" : `${row.standing.join(" ")}  `;
    const shown = line([
      row.source,
      figure(row.packets),
      figure(row.refused),
      row.does || "-",
      row.verdict || "-",
      known + row.device,
    ]);
    if (row.verdict === "" || row.verdict === "never-list")
      return row.standing.length > 0 ? paint(shown, GREEN) : shown;
    return paint(shown, row.verdict.startsWith("would") ? YELLOW : RED);
  });
  return [title, ...painted];
}

function notedLine({ source, verdict, reason, does, standing }: SourceRow): string {
  const known = standing.length === 0 ? "" : `, though ${standing.join(" ")} is known there`;
  return `${source}  ${verdict}: ${reason} (${does})${known}`;
}

/** Exactly so many columns. Latin-1 without controls is one column a character; what is none of it becomes "?". */
function cell(words: string, width: number): string {
  const safe = words.replace(/[^\x20-\x7e\xa1-\xac\xae-\xff]/g, "?");
  return safe.length <= width ? safe.padEnd(width) : `${safe.slice(0, width - 1)}>`;
}

function ends(left: string, right: string, width: number): string {
  const gap = width - left.length - right.length;
  return gap < 2 ? cell(left, width) : `${left}${" ".repeat(gap)}${right}`;
}

/** "0", "0.5", "12", "1,240", "12k": five characters. */
function figure(n: number): string {
  if (n >= 10_000) return `${Math.round(n / 1_000)}k`;
  if (n >= 1_000) return `${Math.floor(n / 1_000)},${String(Math.floor(n % 1_000)).padStart(3, "0")}`;
  return n >= 10 || n === 0 ? String(Math.round(n)) : n.toFixed(1);
}

function count(n: number, width: number): string {
  return String(n).padStart(width);
}

/** The picture for where there is no terminal. */
export function printTop(s: Snapshot): string {
  const wide = { columns: 120, rows: 40 };
  return drawTop(s, wide, false)
    .map((line) => line.trimEnd())
    .join("\n");
}
