import { readPlace } from "../asterisk/address.ts";
import type { Seen } from "../fact.ts";

/** Behind this a line may have lost its end on its way through a syslog, and with it what FreeSWITCH wrote there. */
const LONGEST_WITH_END = 900;

const AUTH = /SIP auth (failure|challenge) \((REGISTER|INVITE)\) on sofia profile '[^'[\]]{1,80}' for \[/y;
const UNKNOWN = "Can't find user [";
const ACL = /IP ([0-9A-Fa-f.:]{2,64}) Rejected by (?:register )?acl "[^"]{0,80}"(\. Falling back to Digest auth)?\.?$/y;

/**
 * What a WARNING says: user and domain are the caller's words, in square brackets; the address is behind the last of them, at the end of the line.
 * "nothing": about a caller, and no evidence. Undefined: about no caller.
 */
export function readSofia(source: string, text: string): Seen | "nothing" | undefined {
  if (source === "sofia_reg") {
    AUTH.lastIndex = 0;
    const auth = AUTH.exec(text);
    // Everyone is challenged first.
    if (auth !== null) return ended(text, auth[0].length, "] from ip ", auth[1] === "challenge" ? "" : auth[2]);
    if (text.startsWith(UNKNOWN)) return ended(text, UNKNOWN.length, "] from ", "unknown");
  }
  return acl(source, text);
}

/** `what`: method of a failure, "unknown" for a user that is not there, empty for what is no evidence. */
function ended(text: string, from: number, mark: string, what: string): Seen | "nothing" | undefined {
  const at = text.lastIndexOf(mark);
  if (at < from || text.length > LONGEST_WITH_END) return undefined;
  const place = readPlace(text.slice(at + mark.length).trimEnd());
  if (place === undefined) return undefined;
  if (what === "") return "nothing";
  const kind = what === "unknown" ? "unknownUser" : "wrongPassword";
  return {
    kind,
    address: place.address,
    transport: "udp",
    proved: false,
    account: text.slice(from, at),
    detail: what === "unknown" ? "" : what,
  };
}

/** The address is the first word; the event socket speaks TCP. */
function acl(source: string, text: string): Seen | "nothing" | undefined {
  ACL.lastIndex = 0;
  const hit = ACL.exec(text);
  const place = hit === null ? undefined : readPlace(hit[1]);
  if (hit === null || place === undefined) return undefined;
  if (hit[2] !== undefined) return "nothing";
  const isSocket = source === "mod_event_socket";
  const transport = isSocket ? "tcp" : "udp";
  return {
    kind: "wrongPassword",
    address: place.address,
    transport,
    proved: isSocket,
    account: "",
    detail: isSocket ? "event socket" : "acl",
  };
}
