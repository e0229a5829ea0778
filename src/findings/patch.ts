import type { Edit, Findings } from "./finding.ts";
import { atLeast, severityOf } from "./order.ts";
import { readable } from "./text.ts";

/** The files that a patch is for. */
export interface PatchFiles {
  /** A file's text as latin1, a character for each byte; undefined where it is not known. */
  text(file: string): string | undefined;
  /** Its name in the patch, below the folder where `patch -p1` is run; undefined where it is not below it. */
  name(file: string): string | undefined;
}

export interface Patch {
  /** A unified diff as latin1; empty where nothing can be changed. It holds lines of the files, secrets included. */
  readonly text: string;
  readonly files: readonly string[];
  /** Findings that it closes, as far as an edit can. */
  readonly closes: number;
  /** What was proposed and is not in it, and why. */
  readonly left: readonly string[];
}

const CONTEXT = 3;
const LINE_ENDS = ["\n", "\r", "\0"];

/** All proposed edits as one unified diff. Where two edits want the same line, the one of the worse finding is taken. */
export function patchOf(findings: Findings, files: PatchFiles): Patch {
  const { byFile, closes, left } = chosen(findings, files);
  const parts: string[] = [];
  for (const file of [...byFile.keys()].sort()) {
    const name = files.name(file) ?? file;
    // What tools split at is a tab, not a space: a name with a space is closed by one.
    const end = name.includes(" ") ? "\t" : "";
    parts.push(`--- a/${name}${end}\n+++ b/${name}${end}\n${hunks(files.text(file) ?? "", byFile.get(file) ?? [])}`);
  }
  return { text: parts.join(""), files: [...byFile.keys()].sort(), closes, left };
}

interface Chosen {
  readonly byFile: Map<string, Edit[]>;
  readonly closes: number;
  readonly left: string[];
}

/** The edits that go together; a finding whose edits do not is left whole, never half. */
function chosen(findings: Findings, files: PatchFiles): Chosen {
  const byFile = new Map<string, Edit[]>();
  const left: string[] = [];
  let closes = 0;
  const worstFirst = findings.found
    .filter((f) => f.edits.length > 0)
    .map((f) => ({ f, severity: severityOf(f, findings.rules) }))
    .sort((a, b) => (a.severity === b.severity ? 0 : atLeast(a.severity, b.severity) ? -1 : 1));
  for (const { f } of worstFirst) {
    const fault = f.edits.map((e) => faultOf(e, files, byFile.get(e.file) ?? [])).find((x) => x !== undefined);
    if (fault !== undefined) {
      left.push(`${readable(f.rule)} (${readable(f.key)}): ${fault}`);
      continue;
    }
    closes++;
    for (const e of f.edits) {
      const edits = byFile.get(e.file) ?? [];
      if (!edits.some((other) => isSame(other, e))) edits.push(e);
      byFile.set(e.file, edits);
    }
  }
  return { byFile, closes, left };
}

/** Why an edit cannot be in the patch; undefined: it can. */
function faultOf(edit: Edit, files: PatchFiles, taken: readonly Edit[]): string | undefined {
  const name = files.name(edit.file);
  const text = files.text(edit.file);
  if (name === undefined || text === undefined) return `${readable(edit.file)} is not among the files that were read`;
  if (!isPlainName(name)) return `${readable(edit.file)} has a name that a patch cannot carry`;
  // A line end in a proposed line would end it, and begin a line of the patch.
  if (edit.lines.some((line) => LINE_ENDS.some((c) => line.includes(c)))) return "a proposed line holds a line end";
  const length = linesOf(text).lines.length;
  const last = edit.line + Math.max(edit.count, 1) - 1;
  if (edit.line < 1 || edit.count < 0 || last > length + (edit.count === 0 ? 1 : 0)) {
    return `line ${edit.line} is not in ${readable(edit.file)}`;
  }
  const clash = taken.some((other) => !isSame(other, edit) && overlap(other, edit));
  return clash
    ? `a worse finding changes line ${edit.line} of ${readable(edit.file)} already: mend it first`
    : undefined;
}

/** Relative, inside, and without what `patch` and `git apply` read in ways of their own. */
function isPlainName(name: string): boolean {
  if (!/^[ !#-[\]-~]+$/.test(name)) return false;
  return name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function isSame(a: Edit, b: Edit): boolean {
  return a.line === b.line && a.count === b.count && a.lines.join("\n") === b.lines.join("\n");
}

/** Two insertions before one line go together, in their order; an insertion and a change of the line before which it stands, too. */
function overlap(a: Edit, b: Edit): boolean {
  if (a.count === 0 || b.count === 0) {
    const [insertion, change] = a.count === 0 ? [a, b] : [b, a];
    return insertion.line > change.line && insertion.line < change.line + change.count;
  }
  return a.line < b.line + b.count && b.line < a.line + a.count;
}

interface Lines {
  readonly lines: readonly string[];
  /** Does the last line end? */
  readonly ended: boolean;
}

function linesOf(text: string): Lines {
  if (text === "") return { lines: [], ended: true };
  const ended = text.endsWith("\n");
  return { lines: (ended ? text.slice(0, -1) : text).split("\n"), ended };
}

/** Edits of one file as hunks: changes that are near each other share one. */
function hunks(text: string, edits: readonly Edit[]): string {
  const source = linesOf(text);
  const sorted = edits.toSorted((a, b) => a.line - b.line || a.count - b.count);
  let out = "";
  let shift = 0;
  for (let i = 0; i < sorted.length; ) {
    let next = i + 1;
    while (next < sorted.length && sorted[next].line - endOf(sorted[next - 1]) <= 2 * CONTEXT) next++;
    const hunk = hunkOf(source, sorted.slice(i, next), shift);
    out += hunk.text;
    shift += hunk.grown;
    i = next;
  }
  return out;
}

function endOf(edit: Edit): number {
  return edit.line + edit.count;
}

/** A line of a hunk: kept, taken away or put in. */
interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
  /** The last line of the old file. */
  readonly isLast: boolean;
}

function hunkOf(source: Lines, edits: readonly Edit[], shift: number): { text: string; grown: number } {
  const { lines, ended } = source;
  const from = Math.max(1, edits[0].line - CONTEXT);
  const to = Math.min(lines.length, endOf(edits[edits.length - 1]) - 1 + CONTEXT);
  const dos = lines[0]?.endsWith("\r") ?? false;
  const body: Line[] = [];
  let at = from;
  const old = (sign: " " | "-", until: number): void => {
    for (; at < until && at <= lines.length; at++)
      body.push({ sign, text: lines[at - 1], isLast: at === lines.length });
  };
  for (const edit of edits) {
    old(" ", edit.line);
    old("-", endOf(edit));
    for (const line of edit.lines) body.push({ sign: "+", text: `${bytesOf(line)}${dos ? "\r" : ""}`, isLast: false });
  }
  old(" ", to + 1);
  const grown = edits.reduce((sum, e) => sum + e.lines.length - e.count, 0);
  const length = to - from + 1;
  const span = (count: number, line: number): string => `${count === 0 ? line - 1 : line},${count}`;
  const head = `@@ -${span(length, from)} +${span(length + grown, from + shift)} @@\n`;
  return { text: head + (ended ? body : unended(body)).map(printed).join(""), grown };
}

function printed({ sign, text }: Line): string {
  return `${sign}${text}\n`;
}

const NO_END = "\n\\ No newline at end of file";

/** The same of a file whose last line has no end: it is marked, in the old file and in the new one. */
function unended(body: readonly Line[]): readonly Line[] {
  const last = body.findIndex((line) => line.isLast);
  if (last < 0) return body;
  const lines = [...body];
  const { text } = lines[last];
  // Kept, with something behind it: it gets an end.
  if (lines[last].sign === " " && last < lines.length - 1)
    lines.splice(last, 1, { sign: "-", text, isLast: true }, { sign: "+", text, isLast: false });
  const newLast = lines.findLastIndex((line) => line.sign !== "-");
  return lines.map((line, i) =>
    i === last || (i === newLast && i > last) ? { ...line, text: line.text + NO_END } : line,
  );
}

/** Text as latin1 bytes: what latin1 does not have is written in UTF-8. */
function bytesOf(line: string): string {
  if (!/[\u0100-\uffff]/.test(line)) return line;
  return String.fromCharCode(...new TextEncoder().encode(line));
}
