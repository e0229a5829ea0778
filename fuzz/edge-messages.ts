import { isFailure } from "../src/base/index.ts";
import { DOMAIN } from "../src/edge/host.fixture.ts";
import { H, type Message } from "../src/sip/index.ts";
import { aTarget, extraLines, isInside, userAt } from "./edge-parties.ts";
import type { Random } from "./mutate.ts";

/** A request outside of any dialog, before it is written. */
export interface Draft {
  readonly method: string;
  readonly uri: string;
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly branch: string;
  readonly cseq: number;
  readonly lines: readonly string[];
}

/** A dialog as one of its ends knows it. */
export interface Dialog {
  readonly at: string;
  readonly local: string;
  readonly remote: string;
  readonly callId: string;
  readonly target: string;
  readonly routes: readonly string[];
}

const METHODS = ["INVITE", "INVITE", "INVITE", "MESSAGE", "SUBSCRIBE", "OPTIONS", "REFER", "PUBLISH", "NOTIFY", "INFO"];
const IN_DIALOG = ["BYE", "ACK", "INVITE", "UPDATE", "INFO", "REFER", "NOTIFY", "PRACK", "MESSAGE"];
const SDP = `v=0\r\no=- 1 1 IN IP4 10.0.0.11\r\ns=-\r\nc=IN IP4 10.0.0.11\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n`;

export function write(d: Draft): string {
  const body = d.method === "INVITE" ? SDP : "";
  return [
    `${d.method} ${d.uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${d.at};branch=${d.branch};rport`,
    "Max-Forwards: 70",
    `From: ${d.from}`,
    `To: ${d.to}`,
    `Call-ID: ${d.callId}`,
    `CSeq: ${d.cseq} ${d.method}`,
    ...d.lines,
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

/** A new call, message, subscription; `known` are contacts of ours that a phone system was given. */
export function draftCall(at: string, random: Random, known: readonly string[]): Draft {
  const uri = aTarget(random, isInside(at) ? known : []);
  const method = random.pick(METHODS);
  const lines = [`Contact: <sip:${userAt(at) || "100"}@${at}>`, ...extraLines(at, random)];
  if (isInside(at) && random.below(4) === 0) lines.push("Record-Route: <sip:10.0.0.13;lr>");
  if (method === "REFER") lines.push(`Refer-To: <${aTarget(random, known)}>`);
  if (random.below(20) === 0) lines.push(`X-Long: ${"x".repeat(random.pick([600, 1_400, 9_000]))}`);
  return {
    method,
    uri,
    at,
    from: `<${fromOf(at, random)}>;tag=f${random.below(9)}`,
    to: `<${uri}>`,
    lines,
    ...names(at, random),
  };
}

export function draftRegister(at: string, random: Random): Draft {
  const user = userAt(at) || random.pick(["anna", "bert", "nobody"]);
  const lines = extraLines(at, random);
  if (random.below(10) === 0) lines.push("Contact: *", "Expires: 0");
  else {
    for (let n = random.pick([1, 1, 1, 3, 12]); n > 0; n--) {
      const more = random.pick([
        "",
        "",
        ";q=0.5",
        ";expires=0",
        ";expires=60",
        ';+sip.instance="<urn:uuid:1>";reg-id=1',
      ]);
      lines.push(`Contact: <sip:${user}@192.168.1.${random.below(20)}:5062>${more}`);
    }
    if (random.below(2) === 0) lines.push(`Expires: ${random.pick([0, 60, 600])}`);
  }
  const aor = `sip:${user}@${DOMAIN}`;
  const uri = `sip:${DOMAIN}`;
  if (random.below(3) === 0) lines.push(aPassword(user, random));
  if (random.below(8) === 0) lines.push(aPassword("bert", random));
  return { method: "REGISTER", uri, at, from: `<${aor}>;tag=r`, to: `<${aor}>`, lines, ...names(at, random) };
}

/** Of a phone that was asked by the phone system; to us it is as good as a wrong one. */
function aPassword(user: string, random: Random): string {
  const header = random.pick(["Authorization", "Proxy-Authorization"]);
  return `${header}: Digest username="${user}", realm="${DOMAIN}", nonce="n", uri="sip:${DOMAIN}", response="${"0".repeat(32)}"`;
}

function names(at: string, random: Random): Pick<Draft, "callId" | "branch" | "cseq"> {
  const n = random.below(1_000_000);
  return { callId: `c${n}@${at}`, branch: `z9hG4bKf${n}`, cseq: 1 + random.below(100) };
}

function fromOf(at: string, random: Random): string {
  const user = userAt(at);
  if (user !== "") return random.below(20) === 0 ? `sip:bert@${DOMAIN}` : `sip:${user}@${DOMAIN}`;
  if (isInside(at)) return "sip:100@10.0.0.11";
  return random.pick([`sip:anna@${DOMAIN}`, "sip:x@carrier.example", "sip:x@elsewhere.example"]);
}

/** A request within a dialog, or one that only looks as if it were. */
export function inDialog(d: Dialog, random: Random): string {
  const method = random.pick(IN_DIALOG);
  const lines = [...d.routes.map((r) => `Route: ${r}`), `Contact: <sip:x@${d.at}>`, ...extraLines(d.at, random)];
  if (method === "REFER") lines.push(`Refer-To: <${aTarget(random, [])}>`);
  // RFC 3261 22.1: an ACK has the credentials of its INVITE, and phones put them into what follows, too.
  if (userAt(d.at) !== "" && random.below(2) === 0) lines.push(aPassword(userAt(d.at), random));
  const { callId, local, remote, target, at } = d;
  return write({ ...names(at, random), method, uri: target, at, from: local, to: remote, callId, lines });
}

/** The same INVITE as CANCEL, or as the ACK to what refused it. */
export function follow(invite: string, method: "CANCEL" | "ACK"): string {
  return invite
    .replace(/^INVITE /, `${method} `)
    .replace(/^(CSeq: *\d+ )INVITE/im, `$1${method}`)
    .replace(/\r\n\r\n.*$/s, "\r\n\r\n")
    .replace(/^(Content-Length:) *\d+/im, "$1 0");
}

/** The dialog that a 2xx makes at the callee (`at`), who answers `m` with this tag. */
export function calleesDialog(m: Message, at: string, tag: string): Dialog | undefined {
  const ends = endsOf(m);
  if (ends === undefined) return undefined;
  const local = /;\s*tag=/i.test(ends.to) ? ends.to : `${ends.to};tag=${tag}`;
  return { at, local, remote: ends.from, callId: ends.callId, target: ends.target, routes: routesOf(m) };
}

/** The dialog that the 2xx `m` makes at the caller. */
export function callersDialog(m: Message, at: string): Dialog | undefined {
  const ends = endsOf(m);
  if (ends === undefined) return undefined;
  const { from, to, callId, target } = ends;
  return { at, local: from, remote: to, callId, target, routes: routesOf(m).reverse() };
}

function endsOf(m: Message): { from: string; to: string; callId: string; target: string } | undefined {
  const [from, to, callId] = [rawOf(m, "From|f"), rawOf(m, "To|t"), rawOf(m, "Call-ID|i")];
  const contact = m.get(H.contact);
  if (from === undefined || to === undefined || callId === undefined) return undefined;
  const known = contact !== undefined && !isFailure(contact) && contact !== "*";
  return { from, to, callId, target: known ? contact.uri.text : `sip:${DOMAIN}` };
}

function routesOf(m: Message): string[] {
  const routes = m.all(H.recordRoute);
  return isFailure(routes) ? [] : routes.map((r) => m.text.slice(r.start, r.end));
}

function rawOf(m: Message, names: string): string | undefined {
  return new RegExp(`^(?:${names})[ \\t]*:[ \\t]*(.*?)\\r$`, "im").exec(m.text)?.[1];
}
