import { canonicalIp, Failure } from "../base/index.ts";
import { load } from "./bytes.ts";
import { isName, nameOf, skipLws, TABLES } from "./chars.ts";
import { H } from "./headers/index.ts";
import type { Message } from "./message.ts";
import { nextParam, PARAM } from "./params.ts";
import { type Via, withRport } from "./via.ts";

const { bytes } = TABLES;
const param = PARAM;
const RPORT = nameOf("rport");
const RECEIVED = nameOf("received");

/**
 * The top Via value with what the packet's source says (RFC 3261 18.2.1, RFC 3581 4): `received` where sent-by names another
 * host or rport is asked for, `rport` filled in. A `received` or rport value that the sender wrote himself is replaced.
 * `host` is canonical without brackets. "" when nothing has to change or there is no readable Via. HOT.
 */
export function viaWithSource(m: Message, host: string, port: number): string {
  const via = m.get(H.via);
  if (via === undefined || via instanceof Failure) return "";
  if (via.rport >= 0) {
    const text = withRport(via, `rport=${port};received=${host}`);
    if (text !== "") return text;
  }
  const wantsReceived = via.rport >= 0 || !isHost(via, host);
  if (!wantsReceived && via.received === "") return "";
  let out = withoutSource(m.text, via);
  // RFC 5118 4.5: no brackets here.
  if (wantsReceived) out += `;received=${host}`;
  return via.rport < 0 ? out : `${out};rport=${port}`;
}

function isHost(via: Via, host: string): boolean {
  return via.host === host || (via.host.includes(":") && canonicalIp(via.host) === host);
}

/** The value without its received and rport parameters. */
function withoutSource(text: string, via: Via): string {
  load(text);
  let out = "";
  let from = via.start;
  let at = via.start;
  while (at < via.end && bytes[at] !== 59) at++;
  while (at >= 0 && at < via.end) {
    const semicolon = at;
    at = nextParam(at, via.end);
    if (at < 0) break;
    const isSource = isName(param.nameStart, param.nameEnd, RPORT) || isName(param.nameStart, param.nameEnd, RECEIVED);
    if (!isSource) continue;
    out += text.slice(from, semicolon);
    from = skipLws(param.end, via.end);
  }
  return out + text.slice(from, via.end);
}
