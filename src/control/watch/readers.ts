import { type Trouble, trouble } from "../../base/index.ts";
import type { LogFormat } from "../../config/index.ts";
import type { Fact } from "../../shield/index.ts";
import { AsteriskLog } from "../../watch/index.ts";

/** Reads lines of one phone system. */
export interface LogReader {
  /** True when the line is about a caller. `before`: when it was written at the latest. */
  take(line: string, before: number): boolean;
  flush(): void;
}

type Make = new (tell: (fact: Fact) => void) => LogReader;

/** Who reads which. */
const READERS: Readonly<Partial<Record<LogFormat, Make>>> = { asterisk: AsteriskLog };

export function readerOf(format: LogFormat, tell: (fact: Fact) => void): LogReader {
  const Reader = READERS[format];
  if (Reader === undefined) throw new Error(`no reader for logs of ${format}: it was not asked for`);
  return new Reader(tell);
}

/** Undefined: logs of this phone system can be read. */
export function formatTrouble(format: LogFormat): Trouble | undefined {
  if (READERS[format] !== undefined) return undefined;
  const what = `logs of ${format} cannot be read yet`;
  return trouble("WATCH_FORMAT", what, "Nothing was started.", "Take it out of [watch], then: rempart config check");
}
