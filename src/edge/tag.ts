import { hashSpan, hex32 } from "../base/index.ts";
import { H, type Message } from "../sip/index.ts";

/** Two random numbers of 32 bits: they key the hashes, so that nobody foresees a tag or a branch. */
export type TagSeeds = readonly [number, number];

/** RFC 3261 8.2.6.2: a stateless answer must carry the same To tag each time, so it is drawn from the dialog's other names. */
export function statelessTag(m: Message, [seed]: TagSeeds): string {
  const callId = m.get(H.callId);
  const key = typeof callId === "string" ? callId : m.text.slice(0, 128);
  // RFC 3261 19.3: at least 32 bits of randomness.
  return hex32(hashSpan(key, 0, key.length, seed));
}

/** RFC 3261 16.11: a Via branch that depends on nothing but the message it is made for. */
export function statelessBranch(m: Message, seeds: TagSeeds): string {
  const via = m.need(H.via);
  return `z9hG4bK${digest(`${via.branch} ${via.sentBy} ${m.need(H.cseq).number} ${m.need(H.callId)}`, seeds)}`;
}

/** 64 bits of a keyed hash in hexadecimal. */
function digest(text: string, [a, b]: TagSeeds): string {
  return hex32(hashSpan(text, 0, text.length, a)) + hex32(hashSpan(text, 0, text.length, b));
}
