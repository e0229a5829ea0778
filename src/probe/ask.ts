import { answerChallenge } from "../auth/index.ts";
import { isFailure } from "../base/index.ts";
import { H, type Message } from "../sip/index.ts";
import type { OwnAccount } from "./accounts.ts";
import { pause, within } from "./pace.ts";
import { type Draft, follow, type Printed, print, token } from "./request.ts";
import { type Line, read, type Session } from "./session.ts";

/** One transaction, as it went. */
export interface Answer {
  readonly request: Printed;
  /** Every response, in order, repeated ones too. */
  readonly responses: readonly Message[];
  /** The first final one. */
  readonly final: Message | undefined;
  /** 0 without a final response. */
  readonly status: number;
  /** ms from the request to its final response. */
  readonly ms: number;
  /** How often the request was sent. */
  readonly copies: number;
  /** It rang, somebody spoke, or it was answered. */
  readonly isReached: boolean;
}

interface AskOptions {
  /** ms, instead of that of the run. */
  readonly patience?: number;
  /** Over UDP it is sent again (RFC 3261 17.1); default yes. */
  readonly again?: boolean;
  /** The call is wanted: it may ring, and is hung up by who asked for it. */
  readonly keep?: boolean;
}

/** So many in a row are no loss of the line: somebody lets a trickle of ours through, or nothing. */
const SHUT_AFTER = 6;
/** Thrown when a target that has answered does no longer, or hardly. */
export const SHUT_OUT = new Error("it no longer answers us as it did");

/**
 * Sends one request and waits for its final response. A call is given up as soon as it is seen to reach somebody: CANCEL while
 * it rings; when it was answered ACK, since the other side would repeat its answer, and BYE at once.
 */
export async function ask(s: Session, line: Line, draft: Draft, o: AskOptions = {}): Promise<Answer> {
  const request = print(line.link, draft);
  const isCall = request.method === "INVITE";
  const responses: Message[] = [];
  const seen = { final: undefined as Message | undefined, ms: 0, cancelled: false };
  const over = Promise.withResolvers<void>();
  let began = 0;
  const cancel = (): void => {
    if (seen.cancelled || seen.final !== undefined) return;
    seen.cancelled = true;
    s.pace.note();
    s.send(line, follow(line.link, request, "CANCEL").text);
  };
  const deaf = line.hear(request.callId, (m) => {
    // The answers to our CANCEL and BYE belong to nobody.
    if (read(m, H.cseq)?.number !== request.cseq || m.method !== request.method) return;
    responses.push(m);
    if (m.status >= 200) {
      s.calls.delete(request.callId);
      // Nobody is left to hang up a call that a finished run wanted.
      if (isCall) endCall(s, line, request, m, o.keep === true && !s.pace.signal.aborted);
      if (seen.final !== undefined) return;
      seen.ms = performance.now() - began;
      seen.final = m;
      over.resolve();
    } else if (isCall && (s.pace.signal.aborted || (m.status >= 180 && o.keep !== true))) cancel();
  });
  let copies = 0;
  const again = line.way.transport === "udp" && o.again !== false;
  try {
    const end = performance.now() + (o.patience ?? s.o.patience);
    for (let wait = s.t1; seen.final === undefined; wait *= 2) {
      if (copies === 0 || (again && responses.length === 0)) {
        await s.pace.take();
        if (copies === 0) began = performance.now();
        if (isCall) s.calls.add(request.callId);
        s.send(line, request.text);
        copies++;
      }
      const left = end - performance.now();
      if (left <= 0 || (await within(over.promise, Math.min(wait, left), s.pace.signal))) break;
    }
    if (isCall && responses.length > 0 && seen.final === undefined) {
      cancel();
      await within(over.promise, s.o.patience, s.pace.signal);
    }
  } finally {
    if (isCall && responses.length > 0) cancel();
    // What comes late for a call is still acknowledged.
    if (!isCall) deaf();
  }
  if (again) await countLate(s, responses.length > 0 && copies === 1);
  const isReached = responses.some((m) => (m.status >= 180 && m.status < 190) || (m.status >= 200 && m.status < 300));
  return { request, responses, final: seen.final, status: seen.final?.status ?? 0, ms: seen.ms, copies, isReached };
}

/** Throws SHUT_OUT where too many in a row were late, and OPTIONS are not answered either. */
async function countLate(s: Session, isInTime: boolean): Promise<void> {
  s.late = isInTime ? 0 : s.late + 1;
  if (s.late < SHUT_AFTER) return;
  // Some say nothing to one kind of request, and go on answering others.
  if (!((await answers(s)) && (await answers(s)))) throw SHUT_OUT;
  s.late = 0;
}

/** RFC 3261 17.1.1.3, 13.2.2.4: a refusal is acknowledged within the transaction; an answer by a request of its own, and BYE. */
function endCall(s: Session, line: Line, invite: Printed, m: Message, keep: boolean): void {
  const to = headerOf(m, "to") || invite.to;
  s.pace.note();
  if (m.status >= 300) {
    s.send(line, follow(line.link, invite, "ACK", to).text);
    return;
  }
  const { from, callId, cseq } = invite;
  const uri = targetOf(m) || invite.uri;
  const headers = routesOf(m);
  s.send(line, print(line.link, { method: "ACK", uri, from, to, callId, cseq, headers }).text);
  if (keep) return;
  s.pace.note();
  s.send(line, print(line.link, { method: "BYE", uri, from, to, callId, cseq: cseq + 1, headers }).text);
}

/** URI of the first Contact, "" when there is none. */
export function targetOf(m: Message): string {
  const contact = read(m, H.contact);
  return contact === undefined || contact === "*" ? "" : contact.uri.text;
}

/** RFC 3261 12.1.2: the caller's Route lines are the answer's Record-Routes, turned round. */
export function routesOf(m: Message): string {
  const values = m.all(H.recordRoute);
  if (isFailure(values)) return "";
  return values
    .reverse()
    .map((v) => `Route: ${m.text.slice(v.start, v.end)}\r\n`)
    .join("");
}

/** A header as written, "" when it is absent. */
export function headerOf(m: Message, name: string): string {
  return m.raw(name) ?? (name === "to" ? (m.raw("t") ?? "") : "");
}

/** Draft of a REGISTER for a name; without Contact it only asks (RFC 3261 10.2.3). */
export function register(user: string, domain: string, headers = ""): Draft {
  const name = `<sip:${user}@${domain}>`;
  return { method: "REGISTER", uri: `sip:${domain}`, from: `${name};tag=${token()}`, to: name, headers };
}

/** Domain of requests: that of the account, else that of the target. */
export function domainOf(s: Session, account?: OwnAccount): string {
  return account?.domain || s.o.target.domain;
}

/** Credentials that answer the challenge of a response, as a whole line; undefined when there is none that we understand. */
export function credentials(
  challenge: Message,
  request: Printed,
  user: string,
  password: string,
  nc = 1,
): string | undefined {
  const { method, uri } = request;
  return answerChallenge(challenge, { method, uri, user, password, cnonce: token(), nc });
}

/** Asks, and answers a challenge once. `challenge` is the first answer where it was one. */
export async function askAs(
  s: Session,
  line: Line,
  draft: Draft,
  account: OwnAccount,
  o: AskOptions = {},
): Promise<Answer & { readonly challenge?: Message; readonly credentials?: string }> {
  const callId = token();
  const first = await ask(s, line, { ...draft, callId }, o);
  if (first.final === undefined || (first.status !== 401 && first.status !== 407)) return first;
  const line2 = credentials(first.final, first.request, account.user, account.password);
  if (line2 === undefined) return first;
  const headers = `${draft.headers ?? ""}${line2}`;
  const second = await ask(s, line, { ...draft, callId, cseq: 2, headers }, o);
  return { ...second, challenge: first.final, credentials: line2 };
}

/**
 * Whether the target still answers us as it did. One answer says so; after silence two in a row have to, since a guard may let
 * a trickle through. Tried again after a pause before it counts.
 */
export async function isAlive(s: Session): Promise<boolean> {
  if (await answers(s)) return true;
  for (const wait of [0, s.o.patience]) {
    if (wait > 0) await pause(wait, s.pace.signal);
    if ((await answers(s)) && (await answers(s))) return true;
  }
  return false;
}

async function answers(s: Session): Promise<boolean> {
  const line = await s.line();
  if (line === undefined) return false;
  const draft = { method: "OPTIONS", uri: `sip:${domainOf(s)}` };
  return (await ask(s, line, draft, { again: false })).final !== undefined;
}
