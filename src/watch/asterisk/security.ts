import { addressOf, readTransport } from "./address.ts";
import { lastOf, type Said, type SaidBy } from "./said.ts";

const HEAD = 'SecurityEvent="';
/** The fields between the name of the event and the first words of a caller, in their order. */
const FIELDS = ['",EventTV="', '",Severity="', '",Service="', '",EventVersion="', '",AccountID="'] as const;
const SERVICE = 2;
const NAMES_NONCE: ReadonlySet<string> = new Set(["ChallengeSent", "ChallengeResponseFailed", "InvalidPassword"]);
const CHALLENGE = `${HEAD}ChallengeSent"`;
const UNNAMED = ',Challenge=""';
const NOTHING: Said = {
  kind: "nothing",
  address: "",
  port: 0,
  transport: "udp",
  account: "",
  detail: "",
  session: "",
  nonce: "",
  line: "security",
  isSecond: false,
};
const LOCAL = '",LocalAddress="';
const ENDS = /IPV[46]\/\w{0,8}\/[^"/]{0,64}\/\d{1,5}",RemoteAddress="IPV[46]\/(\w{0,8})\/([^"/]{1,64})\/(\d{1,5})"/y;
const SESSION = '",SessionID="';
const MOST_TEXT = 96;

/** What is no evidence of anything is not among them. */
const KINDS: ReadonlyMap<string, Said["kind"]> = new Map([
  ["InvalidAccountID", "unknownUser"],
  ["ChallengeResponseFailed", "wrongPassword"],
  ["InvalidPassword", "wrongPassword"],
  ["FailedACL", "wrongPassword"],
  ["UnexpectedAddress", "wrongPassword"],
  ["RequestBadFormat", "malformed"],
  ["SuccessfulAuth", "success"],
  ["ChallengeSent", "challenge"],
]);

/**
 * Reads what res_security_log writes. AccountID and SessionID are the caller's words and may hold anything, quotes and whole fields of this format
 * included; they stand before the addresses. What stands behind (nonce and hash of an answer) cannot hold a quote. So the last LocalAddress is
 * Asterisk's own.
 */
export function readSecurity(text: string): Said | undefined {
  if (!text.startsWith(HEAD) || !text.endsWith('"')) return undefined;
  // PJSIP names no nonce: half of all lines are so.
  if (text.endsWith(UNNAMED) && text.startsWith(CHALLENGE)) return NOTHING;
  let at = text.indexOf('"', HEAD.length);
  const event = text.slice(HEAD.length, at);
  let service = "";
  for (let i = 0; i < FIELDS.length; i++) {
    if (at < 0 || !text.startsWith(FIELDS[i], at)) return undefined;
    const from = at + FIELDS[i].length;
    // The next one is the caller's word, and has its end elsewhere.
    at = i === FIELDS.length - 1 ? from : text.indexOf('"', from);
    if (i === SERVICE) service = text.slice(from, at);
  }
  const accountAt = at;
  const local = lastOf(text, LOCAL, accountAt);
  if (local < 0) return undefined;
  ENDS.lastIndex = local + LOCAL.length;
  const ends = ENDS.exec(text);
  if (ends === null) return undefined;
  const rest = text.slice(ENDS.lastIndex);
  if (rest !== "" && rest[0] !== ",") return undefined;
  const sessionAt = text.indexOf(SESSION, accountAt);
  if (sessionAt < 0 || sessionAt > local) return undefined;
  return eventOf({
    event,
    service,
    account: text.slice(accountAt, Math.min(sessionAt, accountAt + MOST_TEXT)),
    session: text.slice(sessionAt + SESSION.length, local),
    address: ends[2],
    port: Number(ends[3]),
    transport: ends[1],
    nonce: NAMES_NONCE.has(event) ? fieldOf(rest, "ReceivedChallenge") || fieldOf(rest, "Challenge") : "",
    usesPassword: event === "SuccessfulAuth" && rest.includes(',UsingPassword="1"'),
    acl: event === "FailedACL" ? fieldOf(rest, "ACLName") : "",
    line: "security",
  });
}

/** A security event as the log and the manager interface tell it. */
interface SecurityEvent {
  readonly event: string;
  readonly service: string;
  readonly account: string;
  readonly session: string;
  readonly address: string;
  readonly port: number;
  readonly transport: string;
  readonly nonce: string;
  readonly usesPassword: boolean;
  readonly acl: string;
  readonly line: SaidBy;
}

/** What it says about a caller. */
export function eventOf(e: SecurityEvent): Said | undefined {
  const address = addressOf(e.address);
  if (address === undefined) return undefined;
  return {
    kind: kindOf(e),
    address,
    port: e.port,
    transport: readTransport(e.transport) ?? "udp",
    account: e.account.slice(0, MOST_TEXT),
    detail: e.event,
    session: sessionOf(e.service, e.session, e.port),
    nonce: e.nonce,
    line: e.line,
    // An answer for whom PJSIP does not know: that he is not known stands before it.
    isSecond: e.event === "ChallengeResponseFailed" && e.account === "<unknown>",
  };
}

function kindOf({ event, usesPassword, acl }: SecurityEvent): Said["kind"] {
  const kind = KINDS.get(event) ?? "nothing";
  // Whom Asterisk knows by his address has shown no password.
  if (kind === "success" && !usesPassword) return "nothing";
  // A number that is not there, and not who has dialled it: the NOTICE says that.
  return acl === "no_extension_match" ? "nothing" : kind;
}

/** PJSIP names the Call-ID, which its other lines name too; others an address in memory, and chan_sip's other lines the port. */
function sessionOf(service: string, session: string, port: number): string {
  if (service === "PJSIP") return `call ${session}`;
  return service === "AMI" ? "ami" : `port ${port}`;
}

function fieldOf(rest: string, name: string): string {
  const at = rest.indexOf(`,${name}="`);
  if (at < 0) return "";
  const from = at + name.length + 3;
  const end = rest.indexOf('"', from);
  return end < 0 ? "" : rest.slice(from, Math.min(end, from + 256));
}
