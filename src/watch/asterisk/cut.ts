import { readPlace } from "./address.ts";
import { said } from "./notice.ts";
import type { Said } from "./said.ts";

/**
 * A caller's line breaks. chan_sip writes a user or a number as it was meant ("%0d%0a" is a line break), so whole lines of a log may be a caller's
 * own; PJSIP cuts a name after 36 characters. What stands between a line that ends too early and its rest is passed over.
 *
 * Who knows the format well closes the line himself and opens another one: that cannot be told from what Asterisk has written. README.md.
 */
export function isCutEvent(text: string): boolean {
  return text.startsWith('SecurityEvent="') && !text.includes('",LocalAddress="');
}

const CALL = /^Call from '[\w.@+-]{0,80}' \(([0-9A-Fa-f.:[\]]{2,64})\) to extension '/;

/** A number that breaks the line: the address stands before it. */
export function cutCall(text: string): Said | undefined {
  const hit = CALL.exec(text);
  const place = hit === null || text.includes("' rejected because ") ? undefined : readPlace(hit[1]);
  return place && said("injection", place, "", { detail: "line break" });
}

const EVENT_END =
  /",LocalAddress="IPV[46]\/[^"]{1,80}",RemoteAddress="IPV[46]\/[^"]{1,80}"(?:,\w{1,32}="[^"]{0,512}"){0,6}$/;
const CALL_END = /' rejected because extension not found in context '[^']{0,80}'\.?$/;

/** The rest of a line that was cut. */
export function closes(line: string): boolean {
  const tail = line.slice(-1_024);
  return EVENT_END.test(tail) || CALL_END.test(tail);
}
