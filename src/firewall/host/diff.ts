/** Lines around a difference. */
const CONTEXT = 3;
/** Comparisons at most; beyond, all is shown as replaced. */
const WORK = 4_000_000;

/** A ruleset line by line as it is compared: without comments of the file, counts and the indentation of whoever printed it. */
export function plainLines(ruleset: string): string[] {
  const lines = ruleset.split("\n").map((line) => line.trim().replace(/\s+/g, " "));
  const start = lines.findIndex((line) => /^table \S+ \S+ \{$/.test(line));
  const kept = lines.slice(Math.max(start, 0)).filter((line) => line !== "" && !line.startsWith("#"));
  let depth = 0;
  return kept.map((line) => {
    if (line === "}") depth--;
    const text = `${"  ".repeat(Math.max(depth, 0))}${line.replace(/counter packets \d+ bytes \d+/g, "counter")}`;
    if (line.endsWith("{")) depth++;
    return text;
  });
}

/** A unified diff of two lists of lines; empty where they are alike. */
export function unifiedDiff(
  before: readonly string[],
  after: readonly string[],
  names: readonly [string, string],
): string[] {
  const edits = editsOf(before, after);
  const changed = edits.flatMap((e, i) => (e.mark === " " ? [] : [i]));
  if (changed.length === 0) return [];
  const out = [`--- ${names[0]}`, `+++ ${names[1]}`];
  let from = Math.max(0, changed[0] - CONTEXT);
  let to = changed[0] + CONTEXT;
  for (const at of changed.slice(1)) {
    if (at - CONTEXT > to + 1) {
      out.push(...hunk(edits, from, to));
      from = at - CONTEXT;
    }
    to = at + CONTEXT;
  }
  out.push(...hunk(edits, from, to));
  return out;
}

interface Edit {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

function hunk(edits: readonly Edit[], from: number, to: number): string[] {
  const part = edits.slice(from, to + 1);
  const count = (of: readonly Edit[], mark: "-" | "+"): number =>
    of.filter((e) => e.mark === " " || e.mark === mark).length;
  const head = (mark: "-" | "+"): string => {
    const lines = count(part, mark);
    return `${mark}${count(edits.slice(0, from), mark) + (lines === 0 ? 0 : 1)},${lines}`;
  };
  return [`@@ ${head("-")} ${head("+")} @@`, ...part.map((e) => e.mark + e.text)];
}

/** Longest common subsequence; rulesets are short. */
function editsOf(a: readonly string[], b: readonly string[]): Edit[] {
  const gone = (text: string): Edit => ({ mark: "-", text });
  const come = (text: string): Edit => ({ mark: "+", text });
  if (a.length * b.length > WORK) return [...a.map(gone), ...b.map(come)];
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      length[i * width + j] =
        a[i] === b[j]
          ? length[(i + 1) * width + j + 1] + 1
          : Math.max(length[(i + 1) * width + j], length[i * width + j + 1]);
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      edits.push({ mark: " ", text: a[i++] });
      j++;
    } else if (length[(i + 1) * width + j] >= length[i * width + j + 1]) edits.push(gone(a[i++]));
    else edits.push(come(b[j++]));
  }
  return [...edits, ...a.slice(i).map(gone), ...b.slice(j).map(come)];
}
