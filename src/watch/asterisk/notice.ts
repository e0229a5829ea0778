import { type Place, readPlace, readTransport } from "./address.ts";
import { lastOf, type Said } from "./said.ts";

/**
 * NOTICE and WARNING lines by the file of Asterisk that writes them. The caller's words stand in most of them, on one side of the address or on
 * both; each reader says how it tells them apart. Where it cannot, the line says nothing.
 */
export function readNotice(by: string, text: string): Said | undefined {
  switch (by) {
    case "chan_sip":
      return chanSip(text);
    case "pjsip_distributor":
      return distributor(text);
    case "res_pjsip_session":
      return call(text, "pjsip");
    case "pjproject":
      return dropped(text);
    case "chan_iax2":
      return iax2(text);
    case "manager":
      return manager(text);
    case "Ext":
      return dialplan(text);
    default:
      return undefined;
  }
}

/** What is written of registrations, where a log shows it ("verbose"). */
export function readVerbose(by: string, text: string): Said | undefined {
  if (by === "res_pjsip_registrar") {
    // The contact is the caller's word; the name of the AOR, of the configuration, stands behind it.
    const at = text.lastIndexOf("' to AOR '");
    const end = text.indexOf("' with expiration of ", at);
    if (!text.startsWith("Added contact '") || at < 15 || end < 0) return undefined;
    return registered(text.slice(15, at), text.slice(at + 10, end));
  }
  if (by !== "chan_sip" && by !== "chan_iax2") return undefined;
  const hit = REGISTERED.exec(text);
  const place = hit === null ? undefined : readPlace(hit[2]);
  return hit === null || place === undefined ? undefined : said("success", place, hit[1], { detail: "registered" });
}

const REGISTERED = /^Registered (?:SIP|IAX2) '([\w.@+-]{1,80})'(?: \(AUTHENTICATED\))? at ([0-9A-Fa-f.:[\]]{2,64})$/;
const CONTACT = /^sips?:(?:[^@<>\s]{1,256}@)?(\[[0-9A-Fa-f:.]{2,45}\]|\d{1,3}(?:\.\d{1,3}){3})(:\d{1,5})?(?:;|$)/i;
const OVER = /;transport=(\w{1,8})/i;

/**
 * Who has registered with his password has standing at the address of his contact. The address is his own word, where Asterisk does not write the
 * one that it saw into it (rewrite_contact): nothing is laid to it but that.
 */
export function registered(contact: string, aor: string): Said | undefined {
  const hit = CONTACT.exec(contact);
  const place = hit === null ? undefined : readPlace(hit[1] + (hit[2] ?? ""));
  if (place === undefined) return undefined;
  const transport = readTransport(OVER.exec(contact)?.[1] ?? "") ?? "udp";
  return said("success", place, aor, { detail: "registered", transport });
}

const SPACE = 32;
const QUOTE = 34;
const OPEN = 60;
const BACKSLASH = 92;
const REASONS: Readonly<Record<string, Said["kind"]>> = {
  "Wrong password": "wrongPassword",
  "Username/auth name mismatch": "wrongPassword",
  "No matching peer found": "unknownUser",
  "Peer is not supposed to register": "unknownUser",
  "Not a local domain": "unknownUser",
  "Device does not match ACL": "wrongPassword",
  "ACL error (permit/deny)": "wrongPassword",
  "No matching endpoint found": "unknownUser",
  "Not match Endpoint ACL": "wrongPassword",
  "Not match Endpoint Contact ACL": "wrongPassword",
  "Failed to authenticate": "wrongPassword",
  "Error to authenticate": "wrongPassword",
};

/** What a line says, where it says no more. */
export function said(kind: Said["kind"], place: Place, account: string, more: Partial<Said> = {}): Said {
  return {
    kind,
    address: place.address,
    port: place.port,
    transport: more.transport ?? "udp",
    account: account.slice(0, 96),
    detail: more.detail ?? "",
    session: more.session ?? "",
    nonce: "",
    line: "notice",
    isSecond: more.isSecond === true,
  };
}

/** "Registration from '…' failed for 'ADDRESS' - REASON": To as it came stands before, and one of few reasons behind. */
function chanSip(text: string): Said | undefined {
  const attempt = "hacking attempt detected '";
  if (text.startsWith(attempt) && text.endsWith("'")) {
    const place = readPlace(text.slice(attempt.length, -1));
    return place && said("malformed", place, "");
  }
  if (text.startsWith("Call from ")) return call(text, "chan_sip");
  const from = "Registration from '";
  const middle = "' failed for '";
  const at = text.lastIndexOf(middle);
  if (!text.startsWith(from) || at < from.length - 1) return undefined;
  const rest = text.slice(at + middle.length);
  const quote = rest.indexOf("' - ");
  const reason = rest.slice(quote + 4);
  const place = quote < 0 ? undefined : readPlace(rest.slice(0, quote));
  if (place === undefined || !Object.hasOwn(REASONS, reason)) return undefined;
  const session = place.port === 0 ? "" : `port ${place.port}`;
  return said(REASONS[reason], place, userIn(text.slice(from.length, at)), { session, detail: reason });
}

const TRIES = / after \d{1,6} tries in \d{1,9}\.\d{1,6} ms$/;

/**
 * "Request 'METHOD' from 'FROM' failed for 'ADDRESS' (callid: CALL-ID) - REASON": the caller's words on both sides. From is read as PJSIP prints
 * it, a quoted name and a URI in angle brackets, so that its end is known; a method has no space.
 */
function distributor(text: string): Said | undefined {
  const at = text.startsWith("Request '")
    ? text.indexOf("' from '", 9) + 8
    : text.startsWith("Request from '")
      ? 14
      : 0;
  // "Request 'a b' from '": a method has no space. With none it is "Request from '".
  if (at < 14 || (at > 14 && text.indexOf(" ", 9) < at - 7)) return undefined;
  const end = nameAddrEnd(text, at);
  const middle = "' failed for '";
  if (end < 0 || !text.startsWith(middle, end)) return undefined;
  const from = end + middle.length;
  const stop = text.indexOf("' (callid: ", from);
  const dash = lastOf(text, ") - ", stop);
  const place = stop < 0 || dash < stop ? undefined : readPlace(text.slice(from, stop));
  const reason = text.endsWith(" ms") ? text.slice(dash + 4).replace(TRIES, "") : text.slice(dash + 4);
  if (place === undefined || !Object.hasOwn(REASONS, reason)) return undefined;
  const session = `call ${text.slice(stop + 11, dash)}`;
  // Whom it does not know or let in has failed to authenticate as well, if he tried.
  const isSecond = reason === "Failed to authenticate";
  return said(REASONS[reason], place, userIn(text.slice(at, end)), { session, detail: reason, isSecond });
}

/** Offset behind `"name" <uri>`, `<uri>` or `uri`; -1 when it is none of them. */
function nameAddrEnd(text: string, from: number): number {
  let at = from;
  if (text.charCodeAt(at) === QUOTE) {
    at++;
    while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
    at++;
    if (text.charCodeAt(at) === SPACE) at++;
    if (text.charCodeAt(at) !== OPEN) return -1;
  }
  const isBracketed = text.charCodeAt(at) === OPEN;
  const end = text.indexOf(isBracketed ? ">" : "' failed for '", at);
  const space = text.indexOf(" ", at);
  if (end < 0 || (space >= 0 && space < end)) return -1;
  return isBracketed ? end + 1 : end;
}

/**
 * "Call from 'WHO' (ADDRESS) to extension 'WHAT' rejected …": WHO is a peer of the configuration, or nobody; WHAT is the caller's word. PJSIP
 * writes "WHO: Call (ADDRESS) …" as well. A known peer that dials a wrong number has done nothing.
 */
function call(text: string, by: "pjsip" | "chan_sip"): Said | undefined {
  const parts = CALL_FROM.exec(text) ?? (by === "pjsip" ? CALL.exec(text) : null);
  if (parts === null || !REJECTED.test(text)) return undefined;
  const [head, who, transport = "", where] = parts;
  const place = readPlace(where);
  if (place === undefined) return undefined;
  const over = readTransport(transport) ?? "udp";
  const what = text.slice(head.length, text.lastIndexOf("' rejected because "));
  if (who !== "" && who !== "anonymous") return said("nothing", place, who, { transport: over });
  const isNumber = what.length >= 7 && /^\+?[\d*#+]+$/.test(what);
  const more = { transport: over, detail: what.slice(0, 96) };
  return isNumber ? said("relay", place, "", more) : said("unknownUser", place, what, more);
}

const CALL_FROM = /^Call from '([\w.@+-]{0,80})' \((?:(UDP|TCP|TLS|WS|WSS):)?([0-9A-Fa-f.:[\]]{2,64})\) to extension '/;
const CALL = /^([\w.@+-]{1,80}): Call \((UDP|TCP|TLS|WS|WSS):([0-9A-Fa-f.:[\]]{2,64})\) to extension '/;
const REJECTED = /' rejected because extension not found in context '[^']{0,80}'\.?$/;

const DROPPED =
  /^\s{0,40}sip_transport\.c Dropping \d{1,6} bytes packet from (UDP|TCP|TLS|WS|WSS) ([0-9A-Fa-f.:[\]]{2,64}) ?: /;

/** What PJSIP cannot read. The address stands before the words about it. */
function dropped(text: string): Said | undefined {
  const hit = DROPPED.exec(text);
  const place = hit === null ? undefined : readPlace(hit[2]);
  if (hit === null || place === undefined) return undefined;
  return said("malformed", place, "", { transport: readTransport(hit[1]) ?? "udp", detail: "dropped" });
}

const IAX_HOST = /^Host ([0-9A-Fa-f.:[\]]{2,64}) failed (?:to authenticate as|MD5 authentication for) '/;
const IAX_CONNECT = /^Rejected connect attempt from ([0-9A-Fa-f.:[\]]{2,64}), who was trying to reach '/;

/** The address stands before the caller's words, or at the very end. */
function iax2(text: string): Said | undefined {
  const host = IAX_HOST.exec(text);
  const place = host === null ? undefined : readPlace(host[1]);
  if (host !== null && place !== undefined) return said("wrongPassword", place, upToQuote(text, host[0].length));
  const connect = IAX_CONNECT.exec(text);
  const from = connect === null ? undefined : readPlace(connect[1]);
  if (connect !== null && from !== undefined) return said("unknownUser", from, upToQuote(text, connect[0].length));
  const head = "No registration for peer '";
  const at = text.lastIndexOf("' (from ");
  if (!text.startsWith(head) || at < head.length - 1 || !text.endsWith(")")) return undefined;
  const last = readPlace(text.slice(at + 8, -1));
  return last && said("unknownUser", last, text.slice(head.length, at));
}

const MANAGER =
  /^([0-9A-Fa-f.:[\]]{2,64}) (?:failed to authenticate as|tried to authenticate with nonexistent user|failed to pass IP ACL as) '/;

/** The manager interface speaks TCP: whoever is written of there receives at his address. */
function manager(text: string): Said | undefined {
  const parts = MANAGER.exec(text);
  const place = parts === null ? undefined : readPlace(parts[1]);
  if (parts === null || place === undefined) return undefined;
  const kind = parts[0].includes("nonexistent") ? "unknownUser" : "wrongPassword";
  // That it failed is written after why.
  const isSecond = parts[0].includes(" failed to authenticate ");
  const session = "ami";
  return said(kind, place, upToQuote(text, parts[0].length), { transport: "tcp", session, isSecond });
}

/** What FreePBX's dialplan writes: the dialled extension stands before, the address ends the line. */
function dialplan(text: string): Said | undefined {
  const words = '"Rejecting unknown SIP connection from ';
  const at = text.lastIndexOf(words);
  if (at < 0 || !text.endsWith('"')) return undefined;
  const place = readPlace(text.slice(at + words.length, -1));
  return place && said("unknownUser", place, text.slice(0, Math.max(0, text.indexOf(":"))));
}

/** The user of the URI in a From or To, for people: nothing follows from it but that it is another one. */
function userIn(text: string): string {
  const scheme = text.lastIndexOf("sip:");
  const at = text.indexOf("@", scheme);
  if (scheme < 0) return text;
  return at < 0 ? text.slice(scheme + 4) : text.slice(scheme + 4, at);
}

function upToQuote(text: string, from: number): string {
  const end = text.indexOf("'", from);
  return text.slice(from, end < 0 ? text.length : end);
}
