import { canonicalIp, isFailure } from "../base/index.ts";
import { sameName, skipLws } from "./chars.ts";
import { H } from "./headers/index.ts";
import type { Message } from "./message.ts";
import { nextParam, param } from "./params.ts";
import type { Via } from "./via.ts";

/**
 * The top Via value with what the packet's source says (RFC 3261 18.2.1, RFC 3581 4): `received` where sent-by names another
 * host or rport is asked for, `rport` filled in. A `received` or rport value that the sender wrote himself is replaced.
 * `host` is canonical without brackets. "" when nothing has to change or there is no readable Via. HOT.
 */
export function viaWithSource(m: Message, host: string, port: number): string {
  const via = m.get(H.via);
  if (via === undefined || isFailure(via)) return "";
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
  if (via.received === "" && via.rport < 0) return text.slice(via.start, via.end);
  let out = "";
  let from = via.start;
  let at = text.indexOf(";", via.start);
  while (at >= 0 && at < via.end) {
    const semicolon = at;
    at = nextParam(text, at, via.end);
    if (at < 0) break;
    const stop = param.valueEnd < 0 ? param.nameEnd : param.valueEnd;
    if (
      !sameName(text, param.nameStart, param.nameEnd, "received") &&
      !sameName(text, param.nameStart, param.nameEnd, "rport")
    )
      continue;
    out += text.slice(from, semicolon);
    from = skipLws(text, stop, via.end);
  }
  return out + text.slice(from, via.end);
}
