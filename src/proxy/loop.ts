import { hashSpan, isFailure } from "../base/index.ts";
import { H, type Message } from "../sip/index.ts";
import { headerLines } from "./lines.ts";

/** Between the two parts of a branch (RFC 5393 4.2.1): the first is unique, the second tells a loop from a spiral. */
const MARK = ".";
const SEED = 0x5393_0421;
const HEX = Uint8Array.from("0123456789abcdef", (c) => c.charCodeAt(0));
const CR = 13;

/**
 * Second part of the Via branch of a forked request: it varies with all that decides where we send it, Request-URI and Route,
 * and with the call, Call-ID and CSeq number; it does not vary with the method (RFC 5393 4.2.1, 4.2.4). 32 bits, which 4.2.4
 * finds enough for 70 Vias, as 8 hexadecimal digits. HOT.
 */
export function loopHash(m: Message): string {
  const callId = m.need(H.callId);
  let h = hashSpan(m.text, m.uriStart, m.uriEnd, SEED);
  h = hashSpan(callId, 0, callId.length, h ^ m.need(H.cseq).number);
  return hex(hashRoute(m, h));
}

/** A branch for a copy of `m`: `unique` (no "." in it) from the host, and what tells a loop from a spiral. */
export function loopBranch(unique: string, m: Message): string {
  return `z9hG4bK${unique}${MARK}${loopHash(m)}`;
}

/**
 * RFC 5393 4.2.2: has this request been here before? `loop`: it came back with nothing changed that decides its way, and is
 * to be answered 482; `spiral`: it was here, and is now on its way to somewhere else; `none`.
 */
export function isLoop(m: Message, isOurs: (sentBy: string) => boolean): "loop" | "spiral" | "none" {
  const top = m.get(H.via);
  if (top === undefined || isFailure(top)) return "none";
  const line = m.line(H.via);
  // The request of a phone has passed nobody else: one Via, already read.
  if (m.line(H.via, line + 1) < 0 && m.text.charCodeAt(top.end) === CR && !isOurs(top.sentBy)) return "none";
  const vias = m.all(H.via);
  if (isFailure(vias)) return "none";
  let found: "spiral" | "none" = "none";
  let hash = "";
  for (const via of vias) {
    if (!isOurs(via.sentBy)) continue;
    found = "spiral";
    // RFC 5393 4.2.2: without a second part it was not forked then.
    if (via.branch.charCodeAt(via.branch.length - 9) !== MARK.charCodeAt(0)) continue;
    if (hash === "") hash = loopHash(m);
    if (via.branch.endsWith(hash)) return "loop";
  }
  return found;
}

function hashRoute(m: Message, seed: number): number {
  const line = m.line(H.route);
  if (line < 0) return seed;
  const first = m.get(H.route);
  const several = first === undefined || isFailure(first) || m.text.charCodeAt(first.end) !== CR;
  if (!several && m.line(H.route, line + 1) < 0) return hashSpan(m.text, first.start, first.end, seed);
  const all = headerLines(m, (name) => name === "route");
  return hashSpan(all, 0, all.length, seed);
}

function hex(h: number): string {
  // By hand: toString(16) of a number of 32 bits costs more than all the hashing.
  return String.fromCharCode(
    HEX[h >>> 28],
    HEX[(h >>> 24) & 15],
    HEX[(h >>> 20) & 15],
    HEX[(h >>> 16) & 15],
    HEX[(h >>> 12) & 15],
    HEX[(h >>> 8) & 15],
    HEX[(h >>> 4) & 15],
    HEX[h & 15],
  );
}
