import { isFailure, LIMITS } from "../base/index.ts";
import { H, isToken, type Message } from "../sip/index.ts";

const NONE: ReadonlySet<string> = new Set();

/** RFC 3261 16.6.3: what to send in Max-Forwards: one less, 70 when there is none. -1 for a request that may go no further (16.3.3: 483). */
export function nextMaxForwards(m: Message): number {
  const value = m.get(H.maxForwards);
  return typeof value === "number" ? value - 1 : LIMITS.maxForwards;
}

/**
 * RFC 3261 16.3.5: the Unsupported line (with CRLF) of a 420 for the option tags of Proxy-Require that are not in `understood`
 * (lower case); undefined when all are. Not to be asked for ACK and CANCEL (8.2.2.3).
 */
export function checkProxyRequire(m: Message, understood: ReadonlySet<string> = NONE): string | undefined {
  if (!m.has(H.proxyRequire)) return undefined;
  const tags = m.all(H.proxyRequire);
  // A tag that is no token is not understood either; it is left out of the list, where it would spoil our own header.
  const list = isFailure(tags) ? (m.raw("Proxy-Require") ?? "").split(/[\s,]+/).filter((tag) => isToken(tag)) : tags;
  const unknown = list.filter((tag) => !understood.has(tag.toLowerCase()));
  if (unknown.length === 0) return isFailure(tags) ? "" : undefined;
  return `Unsupported: ${unknown.join(", ")}\r\n`;
}
