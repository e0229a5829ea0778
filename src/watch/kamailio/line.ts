import { readOuter } from "../outer.ts";
import { matchAt } from "../stamp.ts";

const SENDER = /[^\s[\]]{1,255} [^\s:[\]]{0,120}kamailio[^\s:[\]]{0,40}(?:\[\d{1,10}\])?: /y;
const LEVEL = /(?:ALERT|BUG|CRITICAL|ERROR|WARNING|NOTICE|INFO|DEBUG): /y;
/** What a child of Kamailio begins its lines with when it writes to its own output; the journal puts its own prefix before that. */
const OUTPUT = / ?\d{1,4}\(\d{1,10}\) (?:ALERT|BUG|CRITICAL|ERROR|WARNING|NOTICE|INFO|DEBUG): /y;
const BY = /<?(\w{1,64})>?(?: \[[^\]\s]{1,120}:\d{1,6}\]: (\w{1,80})\(\))?: /y;

export interface KamailioLine {
  /** Milliseconds as if its clock were UTC's; undefined: the line does not say. */
  readonly at: number | undefined;
  /** Module, "core" or "script". */
  readonly by: string;
  readonly text: string;
}

/** `output`: Kamailio's own output, where a caller can write whole lines. `unclear`: where its own words begin cannot be known. */
export type ReadLine = KamailioLine | "output" | "unclear" | undefined;

/**
 * What stands before the text. `log_prefix` may put words of a caller there (the stock one: method, CSeq and Call-ID in braces). A Call-ID may hold
 * anything, so the closing brace with a space has to be the only one of the line.
 */
export function readLine(line: string, before: number): ReadLine {
  if (matchAt(OUTPUT, line, 0) !== null) return "output";
  const outer = readOuter(line, SENDER, before);
  if (outer === undefined) return undefined;
  const { plain, at } = outer;
  if (matchAt(OUTPUT, plain, outer.from) !== null) return "output";
  const level = matchAt(LEVEL, plain, outer.from);
  if (level === null) return undefined;
  let from = outer.from + level[0].length;
  if (plain[from] === "{") {
    const close = plain.indexOf("} ", from);
    if (close < 0) return undefined;
    if (close !== plain.lastIndexOf("} ")) return "unclear";
    from = close + 2;
  }
  const by = matchAt(BY, plain, from);
  if (by === null) return undefined;
  return { at, by: by[1], text: plain.slice(from + by[0].length).trimEnd() };
}
