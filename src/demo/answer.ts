import { H, type Message, reply } from "../sip/index.ts";
import { type Core, randomToken, sdp } from "./core.ts";
import { calleeDialog, type Dialog, inDialog } from "./dialog.ts";
import { transact } from "./transact.ts";

/** What a phone does with a call: answer, ring until told otherwise, refuse with a status, or not react at all. */
export type Policy = "answer" | "ring" | "silent" | number;

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
  readonly confirmed: Promise<void>;
  readonly confirm: () => void;
}

/** The callee's half of a phone: one server transaction and dialog per INVITE (RFC 3261 13.3, 17.2.1, RFC 6026). */
export function newAnswering(core: Core, policy: () => Policy): Answering {
  const servers: Server[] = [];
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
        const known = servers.find((s) => s.key === keyOf(m));
        if (known === undefined) begin(m);
        else if (known.last !== "") core.wire.send(known.last);
        return;
      }
      const s = servers.find((c) => c.invite.need(H.callId) === m.need(H.callId) && belongs(c, m));
      if (m.method === "ACK") acknowledged(s);
      else if (m.method === "CANCEL") cancelled(core, s, m);
      else if (m.method === "BYE") hungUp(core, s, m);
      else core.wire.send(reply(m, 200, { toTag: randomToken(), headers: `Contact: <${core.contact}>\r\n` }));
    },
    close() {
      for (const s of servers) clearTimeout(s.again);
    },
  };
}

function newServer(invite: Message): Server {
  const tag = randomToken();
  const { promise, resolve } = Promise.withResolvers<void>();
  const fresh = { state: "ringing", dialog: undefined, last: "", again: undefined } as const;
  return { invite, tag, key: keyOf(invite), ...fresh, confirmed: promise, confirm: resolve };
}

/** One phone holds few calls, so it compares rather than hashes. */
function keyOf(m: Message): string {
  const via = m.need(H.via);
  return `${via.branch} ${via.sentBy}`;
}

/** A CANCEL or the ACK of a refusal has the branch of its INVITE; all else has our tag. */
function belongs(s: Server, m: Message): boolean {
  return m.need(H.to).tag === s.tag || keyOf(m) === s.key;
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
      return transact(core, inDialog(s.dialog, method, headers, body));
    },
  };
}

function follow(core: Core, s: Server, policy: Policy): void {
  if (typeof policy === "number") refuse(core, s, policy);
  else if (policy !== "silent") respond(core, s, 180);
  if (policy === "answer") answer(core, s);
}

function answer(core: Core, s: Server): void {
  if (s.state !== "ringing") return;
  s.state = "answered";
  s.dialog = calleeDialog(s.invite, s.tag);
  respond(core, s, 200, sdp(core));
  // RFC 3261 13.3.1.4: over any transport, since a hop behind us may be UDP.
  repeat(core, s, core.wire.t1);
}

function refuse(core: Core, s: Server, status: number): void {
  if (s.state !== "ringing") return;
  s.state = status === 487 ? "cancelled" : "refused";
  respond(core, s, status);
  if (core.wire.transport === "udp") repeat(core, s, core.wire.t1);
}

function respond(core: Core, s: Server, status: number, body = ""): void {
  // RFC 3261 12.1.1: responses that make a dialog carry the route set and where we are.
  const routes = status < 300 ? s.invite.all(H.recordRoute) : [];
  const lines = Array.isArray(routes)
    ? routes.map((r) => `Record-Route: ${s.invite.text.slice(r.start, r.end)}\r\n`)
    : [];
  const contact = status < 300 ? `Contact: <${core.contact}>\r\n` : "";
  const type = body === "" ? {} : { body, contentType: "application/sdp" };
  s.last = reply(s.invite, status, { toTag: s.tag, headers: lines.join("") + contact, ...type });
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
