import { hashSpan, isFailure } from "../base/index.ts";
import { headerLines } from "./lines.ts";
import { H, type Message } from "../sip/index.ts";

/** Between the two parts of a branch (RFC 5393 4.2.1): the first is unique, the second tells a loop from a spiral. */
const MARK = ".";

const SEED_HIGH = 0x5393_0421;
const SEED_LOW = 0x3261_1668;

/**
 * Second part of the Via branch of a forked request: it varies with all that decides where we send it (Request-URI, Route,
 * Proxy-Require) and with the call (Call-ID, tags, CSeq number), and not with the method (RFC 5393 4.2.1, 4.2.4). 64 bits in hexadecimal.
 */
export function loopHash(m: Message): string {
  let key = `${m.uri}\n${m.need(H.callId)}\n${m.need(H.from).tag}\n${m.need(H.to).tag}\n${m.need(H.cseq).number}`;
  if (m.has(H.route)) key += headerText(m, "route");
  if (m.has(H.proxyRequire)) key += headerText(m, "proxy-require");
  return hex(hashSpan(key, 0, key.length, SEED_HIGH)) + hex(hashSpan(key, 0, key.length, SEED_LOW));
}

function headerText(m: Message, name: string): string {
  return `\n${headerLines(m, (n) => n === name)}`;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** A branch for a copy of `m`: `unique` from the host, and what tells a loop from a spiral. */
export function loopBranch(unique: string, m: Message): string {
  return `z9hG4bK${unique}${MARK}${loopHash(m)}`;
}

/**
 * RFC 5393 4.2.3: has this request been here before? `loop`: it came back with nothing changed that decides its way;
 * `spiral`: it was here, and is now asked for something else; `none`.
 */
export function isLoop(m: Message, isOurs: (sentBy: string) => boolean): "loop" | "spiral" | "none" {
  const vias = m.all(H.via);
  if (isFailure(vias)) return "none";
  let found: "spiral" | "none" = "none";
  let hash = "";
  for (const via of vias) {
    if (!isOurs(via.sentBy)) continue;
    if (hash === "") hash = loopHash(m);
    if (via.branch.endsWith(MARK + hash)) return "loop";
    found = "spiral";
  }
  return found;
}
