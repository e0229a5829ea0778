import { randomInt } from "node:crypto";
import { hashSpan } from "../base/index.ts";
import { H, type Message } from "../sip/index.ts";

const SEED_A = randomInt(2 ** 32);
const SEED_B = randomInt(2 ** 32);

/** RFC 3261 8.2.6.2: a stateless answer must carry the same To tag each time, so it is drawn from the dialog's other names. */
export function statelessTag(m: Message): string {
  const callId = m.get(H.callId);
  const key = typeof callId === "string" ? callId : m.text.slice(0, 128);
  return (hashSpan(key, 0, key.length, SEED_A) * 2 ** 20 + (hashSpan(key, 0, key.length, SEED_B) >>> 12)).toString(36);
}
