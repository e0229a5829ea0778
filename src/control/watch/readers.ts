import { type Trouble, trouble } from "../../base/index.ts";
import { LOG_FORMATS } from "../../watch/index.ts";

/** Undefined: logs of this phone system can be read. */
export function formatTrouble(format: string): Trouble | undefined {
  if (LOG_FORMATS.includes(format)) return undefined;
  const what = `logs of ${format} cannot be read yet`;
  return trouble("WATCH_FORMAT", what, "Nothing was started.", "Take it out of [watch], then: rempart config check");
}
