import type { Fact } from "../shield/index.ts";
import { AsteriskLog } from "./asterisk/log.ts";
import { saysNothing } from "./asterisk/screen.ts";

/** Reads lines of one kind of phone system: facts go to the callback that it was made with. */
export interface LogReader {
  /** True when the line is about a caller. `before`: when it was written at the latest; `number`: comes back with its fact. */
  take(line: string, before: number, number?: number): boolean;
  /** Nothing comes for now: what waits for another line is told. */
  flush(): void;
  /** Number of the line that waits longest for another one about its attempt; Infinity: none does. Undefined: none ever does. */
  readonly waiting?: number;
}

type Make = new (tell: (fact: Fact, line?: number) => void) => LogReader;

/** Who reads which log: the one place where formats are named. */
const READERS: Readonly<Record<string, Make>> = {
  asterisk: AsteriskLog,
};

export const LOG_FORMATS: readonly string[] = Object.keys(READERS);

/** A reader of this format, one of `LOG_FORMATS`. */
export function readerOf(format: string, tell: (fact: Fact, line?: number) => void): LogReader {
  const Reader = Object.hasOwn(READERS, format) ? READERS[format] : AsteriskLog;
  return new Reader(tell);
}

/** By format, for `LineCutter`: true for the beginning of a line that says nothing about callers. Undefined: every line is to be read. */
export function screenOf(format: string): ((text: string, from: number) => boolean) | undefined {
  return format === "asterisk" ? saysNothing : undefined;
}

/** The format whose reader understands most of these lines; the first where none does. */
export function formatOf(lines: readonly string[], before: number): string {
  let best = { format: LOG_FORMATS[0], understood: 0 };
  for (const format of LOG_FORMATS) {
    const reader = readerOf(format, () => {});
    const understood = lines.reduce((sum, line) => sum + (reader.take(line, before) ? 1 : 0), 0);
    if (understood > best.understood) best = { format, understood };
  }
  return best.format;
}
