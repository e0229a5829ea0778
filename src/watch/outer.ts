import { matchAt, plainText, stampAt } from "./stamp.ts";

const SPACE = 32;
const TAB = 9;

/** A line without what syslog, the journal or a stamp of its own put before it. */
export interface Outer {
  /** Milliseconds as if its clock were UTC's; undefined: the line does not say. */
  readonly at: number | undefined;
  /** The line without colours. */
  readonly plain: string;
  /** Where in it the program's own words begin. */
  readonly from: number;
}

/**
 * Reads stamp, host and program; all of them may be missing. `sender`: sticky, "host program[pid]: " of this program. A line that begins with
 * white space is none: a header that a caller has folded goes on like that.
 */
export function readOuter(line: string, sender: RegExp, before: number): Outer | undefined {
  const plain = plainText(line);
  const first = plain.charCodeAt(0);
  if (first === SPACE || first === TAB || Number.isNaN(first)) return undefined;
  const outer = stampAt(plain, 0, before);
  const by = matchAt(sender, plain, outer.end);
  if (by === null) return { at: outer.at, plain, from: outer.end };
  const inner = stampAt(plain, outer.end + by[0].length, before);
  return { at: inner.at ?? outer.at, plain, from: inner.end };
}
