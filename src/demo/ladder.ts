import type { Step } from "./trace.ts";

/** Columns of a lane: three bars and two of them fit into a terminal of 80. */
const LANE = 32;
/** The longest label that leaves its arrow a shaft. */
const LABEL = 22;
const CLOCK = 9;

/**
 * Draws what two phones and the edge between them said, in plain ASCII, 77 columns: the phone that is named first stands left. `steps` in order of time; steps of other phones are left out.
 */
export function drawLadder(steps: readonly Step[], left: string, right: string): string {
  const lines = [heading(left, right), bars()];
  for (const s of steps) {
    if (s.phone === left) lines.push(row(s, arrow(s, s.way === "out"), remark(s).padEnd(LANE)));
    else if (s.phone === right) lines.push(row(s, remark(s).padStart(LANE), arrow(s, s.way === "in")));
  }
  lines.push(bars());
  return lines.map((l) => l.trimEnd()).join("\n");
}

/** Each name over its bar: the first begins there, the others are centred on it. */
function heading(left: string, right: string): string {
  const middle = CLOCK + 1 + 1 + LANE;
  const end = middle + 1 + LANE;
  const line = `${" ".repeat(CLOCK + 1)}${left}`.padEnd(middle - 2);
  return `${line}edge`.padEnd(end - (right.length >> 1)) + right;
}

function bars(): string {
  return row(undefined, " ".repeat(LANE), " ".repeat(LANE));
}

function row(s: Step | undefined, first: string, second: string): string {
  const time = s === undefined ? "" : `${s.at.toFixed(1)} ms`;
  return `${time.padStart(CLOCK)} |${first}|${second}|`;
}

/** Said in the lane that is free. */
function remark(s: Step): string {
  if (s.lost) return "  lost on purpose  ";
  return s.again ? "  sent again  " : "";
}

/** An arrow over one lane, the label in it; a lost message ends in an x before it arrives. */
function arrow(s: Step, toRight: boolean): string {
  const label = ` ${s.label.length > LABEL ? `${s.label.slice(0, LABEL - 2)}..` : s.label} `;
  if (s.lost) return toRight ? `---${label}---x`.padEnd(LANE) : `x---${label}---`.padStart(LANE);
  const rest = LANE - 1 - 3 - label.length;
  return toRight ? `---${label}${"-".repeat(rest)}>` : `<${"-".repeat(rest)}${label}---`;
}
