import { AsteriskLog } from "./asterisk/log.ts";
import { saysNothing } from "./asterisk/screen.ts";
import { FreeswitchLog } from "./freeswitch/log.ts";
import { KamailioLog } from "./kamailio/log.ts";
import type { Template } from "./kamailio/template.ts";
import type { LogReader, Tell } from "./reader.ts";

type Make = (tell: Tell, templates: readonly Template[]) => LogReader;

/** Who reads which log: the one place where formats are named. */
const READERS: Readonly<Record<string, Make>> = {
  asterisk: (tell) => new AsteriskLog(tell),
  freeswitch: (tell) => new FreeswitchLog(tell),
  kamailio: (tell, templates) => new KamailioLog(tell, templates),
};

export const LOG_FORMATS: readonly string[] = Object.keys(READERS);

/** A reader of this format, one of `LOG_FORMATS`. `templates`: lines of the operator's own script, which only a Kamailio has. */
export function readerOf(format: string, tell: Tell, templates: readonly Template[] = []): LogReader {
  return (Object.hasOwn(READERS, format) ? READERS[format] : READERS.asterisk)(tell, templates);
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
