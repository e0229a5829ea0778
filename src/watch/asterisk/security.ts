import { readPlace, readTransport } from "./address.ts";
import type { Said } from "./said.ts";

const EVENT =
  /SecurityEvent="(\w{1,40})",EventTV="[^"]{0,64}",Severity="\w{0,20}",Service="(\w{0,20})",EventVersion="\d{1,5}",AccountID="/y;
const LOCAL = '",LocalAddress="';
const ENDS =
  /",LocalAddress="IPV[46]\/\w{0,8}\/[^"/]{0,64}\/\d{1,5}",RemoteAddress="IPV[46]\/(\w{0,8})\/([^"/]{1,64})\/(\d{1,5})"/y;
const SESSION = '",SessionID="';
const MOST_TEXT = 96;

const KINDS: Readonly<Record<string, Said["kind"]>> = {
  InvalidAccountID: "unknownUser",
  ChallengeResponseFailed: "wrongPassword",
  InvalidPassword: "wrongPassword",
  FailedACL: "wrongPassword",
  UnexpectedAddress: "wrongPassword",
  RequestBadFormat: "malformed",
  SuccessfulAuth: "success",
  ChallengeSent: "challenge",
};

/**
 * Reads what res_security_log writes. AccountID and SessionID are the caller's words and may hold anything, quotes and whole fields of this format
 * included; they stand before the addresses. What stands behind (nonce and hash of an answer) cannot hold a quote. So the last LocalAddress is
 * Asterisk's own.
 */
export function readSecurity(text: string): Said | undefined {
  EVENT.lastIndex = 0;
  const head = EVENT.exec(text);
  if (head === null || !text.endsWith('"')) return undefined;
  const accountAt = head[0].length;
  const local = text.lastIndexOf(LOCAL);
  ENDS.lastIndex = local;
  const ends = local < accountAt ? null : ENDS.exec(text);
  if (ends === null) return undefined;
  const rest = text.slice(local + ends[0].length);
  const place = readPlace(ends[2]);
  if (place === undefined || (rest !== "" && rest[0] !== ",")) return undefined;
  const sessionAt = text.indexOf(SESSION, accountAt);
  if (sessionAt < 0 || sessionAt > local) return undefined;
  const event = head[1];
  const kind = Object.hasOwn(KINDS, event) ? KINDS[event] : "nothing";
  return {
    // Whom Asterisk knows by his address has shown no password.
    kind: kind === "success" && !rest.includes(',UsingPassword="1"') ? "nothing" : kind,
    address: place.address,
    port: Number(ends[3]),
    transport: readTransport(ends[1]) ?? "udp",
    account: text.slice(accountAt, Math.min(sessionAt, accountAt + MOST_TEXT)),
    detail: event,
    session: sessionOf(head[2], text.slice(sessionAt + SESSION.length, local), place.address, Number(ends[3])),
    nonce: fieldOf(rest, "ReceivedChallenge") || fieldOf(rest, "Challenge"),
    line: "security",
  };
}

/** PJSIP names the Call-ID, which its other lines name too; chan_sip an address in memory, and its other lines the port. */
function sessionOf(service: string, session: string, address: string, port: number): string {
  return service === "PJSIP" ? `call ${session}` : `port ${address} ${port}`;
}

function fieldOf(rest: string, name: string): string {
  const at = rest.indexOf(`,${name}="`);
  if (at < 0) return "";
  const from = at + name.length + 3;
  const end = rest.indexOf('"', from);
  return end < 0 ? "" : rest.slice(from, Math.min(end, from + 256));
}
