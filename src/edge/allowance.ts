import { type Message, type ReplyOptions, reply } from "../sip/index.ts";
import type { Core } from "./core.ts";
import type { Request } from "./request.ts";

/** Bytes that may go back for each byte that came. */
const TIMES = 2;

/**
 * Who speaks over UDP may have written somebody else's address on the packet, and what we answer goes there: at most twice what came, so that nobody
 * makes us the amplifier of his flood. Not for whom a password was shown from, who answers from within a call, and whom the operator trusts.
 */
function isBounded(r: Request, core: Core): boolean {
  const { flow } = r;
  if (flow.reliable || flow.listener.side === "private" || r.inside || r.inDialog || r.claimed !== "") return false;
  if (r.asking !== "" && !r.unproved) return false;
  return !core.trunks.has(flow.host) && !core.backends.isAt(flow) && !core.gate.hasShown(flow);
}

/** Bytes that so many bytes of a stranger may have back. */
export function amplified(bytes: number): number {
  return TIMES * bytes;
}

/** Bytes that this request may have back; Infinity when it is not bounded. */
export function allowanceOf(r: Request, core: Core): number {
  return isBounded(r, core) ? amplified(r.size) : Number.POSITIVE_INFINITY;
}

/** May this go back for that request? Nearly all is short enough for anybody, so that is asked first. HOT. */
export function mayHave(r: Request, text: string, core: Core): boolean {
  return text.length <= amplified(r.size) || !isBounded(r, core);
}

/** An answer of at most so many bytes: without the last of its header lines; "" when it would be none, as a demand for a password that names no way. */
export function replyWithin(m: Message, status: number, headers: string, about: ReplyOptions, most: number): string {
  const rest = reply(m, status, about).length;
  const lines = linesWithin(headers, most - rest);
  const isUseless = lines === "" && (status === 401 || status === 407);
  return isUseless || rest + lines.length > most ? "" : reply(m, status, { ...about, headers: lines });
}

/** As many of the header lines, from the first, as fit into `room` bytes. */
function linesWithin(lines: string, room: number): string {
  if (lines.length <= room) return lines;
  const end = room < 2 ? -1 : lines.lastIndexOf("\r\n", room - 2);
  return end < 0 ? "" : lines.slice(0, end + 2);
}
