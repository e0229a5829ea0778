import { H, type Message, reply } from "../sip/index.ts";
import { type Core, randomToken, sdp } from "./core.ts";
import { calleeDialog, type Dialog } from "./dialog.ts";
import { isPrackOf, takesReliable } from "./reliable.ts";
import { requestWithin } from "./within.ts";

/**
 * What a phone does with a call: answer, ring until told otherwise, the same with sound before the answer (reliably where the
 * caller can), refuse with a status, or not react at all.
 */
export type Policy = "answer" | "ring" | "early" | "silent" | number;

/** A call that came to this phone. */
export interface Incoming {
  readonly invite: Message;
  /** Our end, once we answered. */
  readonly dialog: Dialog | undefined;
  /** "ringing", "answered" (200 sent), "confirmed" (ACK came), "cancelled", "refused" or "ended" (BYE came). */
  readonly state: IncomingState;
  /** Settles when the caller's ACK for our answer is here. */
  readonly confirmed: Promise<void>;
  answer(): void;
  refuse(status: number): void;
  /** Hangs up, or anything else within the call. */
  request(method: string, headers?: string, body?: string): Promise<Message>;
}

export type IncomingState = "ringing" | "answered" | "confirmed" | "cancelled" | "refused" | "ended";

/** The calls that came, and what arrives for them. */
export interface Answering {
  readonly calls: readonly Incoming[];
  /** A request from the wire. */
  take(m: Message): void;
  close(): void;
}

interface Server {
  readonly invite: Message;
  readonly tag: string;
  readonly key: string;
  state: IncomingState;
  dialog: Dialog | undefined;
  last: string;
  again: NodeJS.Timeout | undefined;
  /** RSeq of the reliable response that waits for its PRACK. */
  rseq: number;
  /** Our session went out in a reliable response: the answer has none then (RFC 3261 13.2.1). */
  described: boolean;
  readonly confirmed: Promise<void>;
  readonly confirm: () => void;
}

/** The callee's half of a phone: one server transaction and dialog per INVITE (RFC 3261 13.3, 17.2.1, RFC 6026). */
export function newAnswering(core: Core, policy: () => Policy): Answering {
  const servers: Server[] = [];
  const reinvites: Server[] = [];
  const calls: Incoming[] = [];
  const begin = (invite: Message): void => {
    const s = newServer(invite);
    servers.push(s);
    calls.push(incoming(core, s));
    follow(core, s, policy());
  };
  return {
    calls,
    take(m) {
      if (m.method === "INVITE") {
        const known = [...servers, ...reinvites].find((s) => s.key === keyOf(m));
        if (known === undefined && m.need(H.to).tag !== "") reinvites.push(...reinvited(core, servers, m));
        else if (known === undefined) begin(m);
        else if (known.last !== "") core.wire.send(known.last);
        return;
      }
      const s = servers.find((c) => belongs(c, m));
      if (m.method === "ACK") acknowledged([...servers, ...reinvites].find((c) => isAckOf(c, m)));
      else if (m.method === "CANCEL") cancelled(core, s, m);
      else if (m.method === "BYE") hungUp(core, s, m);
      else if (m.method === "PRACK") pracked(core, s, m);
      else accepted(core, m);
    },
    close() {
      for (const s of [...servers, ...reinvites]) clearTimeout(s.again);
    },
  };
}

function accepted(core: Core, m: Message): void {
  // RFC 3311 5.2: an UPDATE that offers a session gets one back.
  const offered = m.method === "UPDATE" && m.bodyEnd > m.bodyStart;
  const answer = offered ? { body: sdp(core), contentType: "application/sdp" } : {};
  core.wire.send(reply(m, 200, { toTag: randomToken(), headers: `Contact: <${core.contact}>\r\n`, ...answer }));
}

function newServer(invite: Message, tag = randomToken()): Server {
  const { promise, resolve } = Promise.withResolvers<void>();
  const fresh = { state: "ringing", dialog: undefined, last: "", again: undefined, rseq: 0, described: false } as const;
  return { invite, tag, key: keyOf(invite), ...fresh, confirmed: promise, confirm: resolve };
}

/** One phone holds few calls, so it compares rather than hashes. */
function keyOf(m: Message): string {
  const via = m.need(H.via);
  return `${via.branch} ${via.sentBy}`;
}

/** A CANCEL or the ACK of a refusal has the branch of its INVITE; all else has our tag. */
function belongs(s: Server, m: Message): boolean {
  return s.invite.need(H.callId) === m.need(H.callId) && (m.need(H.to).tag === s.tag || keyOf(m) === s.key);
}

/** RFC 3261 13.2.2.4: an ACK has the CSeq number of its INVITE, which tells those of one call apart. */
function isAckOf(s: Server, m: Message): boolean {
  return belongs(s, m) && s.invite.need(H.cseq).number === m.need(H.cseq).number;
}

function incoming(core: Core, s: Server): Incoming {
  return {
    invite: s.invite,
    confirmed: s.confirmed,
    get dialog() {
      return s.dialog;
    },
    get state() {
      return s.state;
    },
    answer: () => answer(core, s),
    refuse: (status) => refuse(core, s, status),
    request(method, headers = "", body = "") {
      if (s.dialog === undefined) throw new Error(`${core.name}: ${method} in a call that was not answered`);
      return requestWithin(core, s.dialog, method, headers, body);
    },
  };
}

function follow(core: Core, s: Server, policy: Policy): void {
  if (typeof policy === "number") refuse(core, s, policy);
  else if (policy === "early") describe(core, s);
  else if (policy !== "silent") respond(core, s, 180);
  if (policy === "answer") answer(core, s);
}

/** RFC 3262 3: a reliable response is repeated until its PRACK comes. */
function describe(core: Core, s: Server): void {
  s.described = takesReliable(s.invite);
  s.rseq = s.described ? 1 : 0;
  respond(core, s, 183, sdp(core), s.described ? `Require: 100rel\r\nRSeq: ${s.rseq}\r\n` : "");
  if (s.described) repeat(core, s, core.wire.t1);
}

function pracked(core: Core, s: Server | undefined, m: Message): void {
  const known = s !== undefined && isPrackOf(m, s.invite, s.rseq);
  if (known && s.state === "ringing") clearTimeout(s.again);
  core.wire.send(reply(m, known ? 200 : 481, {}));
}

/** RFC 3261 14.2: answered with the session that we have, until its ACK comes. Gives what to keep of it. */
function reinvited(core: Core, servers: readonly Server[], m: Message): readonly Server[] {
  const ours = servers.some((s) => s.dialog !== undefined && belongs(s, m));
  if (!ours && core.placed.get(m.need(H.callId))?.dialog === undefined) {
    core.wire.send(reply(m, 481, {}));
    return [];
  }
  const s = newServer(m, m.need(H.to).tag);
  s.state = "answered";
  respond(core, s, 200, sdp(core));
  repeat(core, s, core.wire.t1);
  return [s];
}

function answer(core: Core, s: Server): void {
  if (s.state !== "ringing") return;
  clearTimeout(s.again);
  s.state = "answered";
  s.dialog = calleeDialog(s.invite, s.tag);
  respond(core, s, 200, s.described ? "" : sdp(core));
  // RFC 3261 13.3.1.4: over any transport, since a hop behind us may be UDP.
  repeat(core, s, core.wire.t1);
}

function refuse(core: Core, s: Server, status: number): void {
  if (s.state !== "ringing") return;
  clearTimeout(s.again);
  s.state = status === 487 ? "cancelled" : "refused";
  respond(core, s, status);
  if (core.wire.transport === "udp") repeat(core, s, core.wire.t1);
}

function respond(core: Core, s: Server, status: number, body = "", headers = ""): void {
  // RFC 3261 12.1.1: responses that make a dialog carry the route set and where we are.
  const routes = status < 300 ? s.invite.all(H.recordRoute) : [];
  const lines = Array.isArray(routes)
    ? routes.map((r) => `Record-Route: ${s.invite.text.slice(r.start, r.end)}\r\n`)
    : [];
  const contact = status < 300 ? `Contact: <${core.contact}>\r\n` : "";
  const type = body === "" ? {} : { body, contentType: "application/sdp" };
  s.last = reply(s.invite, status, { toTag: s.tag, headers: lines.join("") + contact + headers, ...type });
  core.wire.send(s.last);
}

function repeat(core: Core, s: Server, wait: number): void {
  if (wait > 64 * core.wire.t1) return;
  s.again = setTimeout(() => {
    core.wire.send(s.last);
    repeat(core, s, Math.min(2 * wait, 4000));
  }, wait);
}

function acknowledged(s: Server | undefined): void {
  if (s === undefined) return;
  clearTimeout(s.again);
  if (s.state !== "answered") return;
  s.state = "confirmed";
  s.confirm();
}

function cancelled(core: Core, s: Server | undefined, m: Message): void {
  core.wire.send(reply(m, s === undefined ? 481 : 200, s === undefined ? {} : { toTag: s.tag }));
  // RFC 3261 9.2: no effect on an INVITE that has its final response.
  if (s !== undefined) refuse(core, s, 487);
}

/** A BYE ends a call that came to us or one that we made (RFC 3261 15.1.2). */
function hungUp(core: Core, s: Server | undefined, m: Message): void {
  const placed = core.placed.get(m.need(H.callId));
  if (s !== undefined) {
    clearTimeout(s.again);
    s.state = "ended";
  } else if (placed?.dialog !== undefined) placed.over = true;
  core.wire.send(reply(m, s === undefined && placed?.dialog === undefined ? 481 : 200, {}));
}
