import { hostPort, type TransportName } from "../base/index.ts";
import { check, type Message } from "../sip/index.ts";
import { type Answering, type Incoming, newAnswering, type Policy } from "./answer.ts";
import { type Call, placeCall } from "./call.ts";
import { type Clients, newClients } from "./client.ts";
import { type Core, type Draft, randomToken } from "./core.ts";
import { newKeyring } from "./keyring.ts";
import type { Address, Fate } from "./link.ts";
import type { Trace } from "./trace.ts";
import { transact } from "./transact.ts";
import { openWire, type Wire } from "./wire.ts";

export interface PhoneOptions {
  /** What ladders and errors call it. */
  readonly name: string;
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  /** Whose credentials it has, when they are not its user's. */
  readonly authUser?: string;
  /** Where it sends everything: the edge, or a relay before it. */
  readonly edge: Address;
  readonly transport?: TransportName;
  /** Its own address; default loopback of the edge's family. */
  readonly local?: string;
  /** Contact URI to claim instead of the true one, as a phone behind a NAT does. */
  readonly contact?: string;
  readonly policy?: Policy;
  /** Session description to send instead of its own, for a peer that is particular. */
  readonly session?: string;
  readonly trace?: Trace;
  readonly fate?: Fate;
  /** RFC 3261 17.1.1.1, ms. */
  readonly t1?: number;
  readonly algorithms?: readonly string[];
}

/** A SIP phone without sound: real sockets, digest, retransmissions, both ends of a call. */
export interface Softphone {
  readonly name: string;
  /** "sip:user@domain". */
  readonly aor: string;
  readonly contact: string;
  readonly wire: Wire;
  /** Calls that came to it, in order. */
  readonly calls: readonly Incoming[];
  /** What it does with the next call. */
  policy: Policy;
  /** Registers its contact; resolves with the final response. `headers`: further whole lines; `q`: preference. */
  register(expires?: number, headers?: string, q?: string): Promise<Message>;
  /** Asks who is registered under its name; changes nothing (RFC 3261 10.2.3). */
  fetch(): Promise<Message>;
  /** Takes its own contact back. */
  unregister(): Promise<Message>;
  call(uri: string, headers?: string): Call;
  /** OPTIONS, MESSAGE or any other request outside a call. */
  request(method: string, uri: string, body?: string, headers?: string): Promise<Message>;
  /** Forgets challenges it has answered, as after being switched off. */
  forget(): void;
  close(): Promise<void>;
}

/** Opens a phone's socket. Nothing is sent before it is told to. */
export async function openPhone(o: PhoneOptions): Promise<Softphone> {
  const phone: { clients?: Clients; answering?: Answering } = {};
  const wire = await openWire({
    name: o.name,
    transport: o.transport ?? "udp",
    local: o.local ?? (o.edge.host.includes(":") ? "::1" : "127.0.0.1"),
    edge: o.edge,
    t1: o.t1 ?? 500,
    trace: o.trace,
    fate: o.fate ?? (() => 1),
    onMessage: (m) => {
      // A phone that works is not the place to test what broken messages do.
      if (check(m) !== undefined) return;
      if (m.isRequest) phone.answering?.take(m);
      else phone.clients?.take(m);
    },
  });
  const clients = newClients(wire);
  const keyring = newKeyring({
    user: o.authUser ?? o.user,
    password: o.password,
    algorithms: o.algorithms ?? ["SHA-512-256", "SHA-256", "MD5"],
  });
  const contact = o.contact ?? contactFor(o.user, wire);
  const core: Core = {
    name: o.name,
    user: o.user,
    domain: o.domain,
    contact,
    wire,
    session: o.session ?? "",
    clients,
    keyring,
    placed: new Map(),
  };
  const self = { policy: o.policy ?? "answer" };
  const answering = newAnswering(core, () => self.policy);
  phone.clients = clients;
  phone.answering = answering;
  return Object.assign(self, {
    ...verbs(core),
    name: o.name,
    aor: `sip:${o.user}@${o.domain}`,
    contact,
    wire,
    calls: answering.calls,
    forget: () => keyring.forget(),
    close: () => {
      clients.close();
      answering.close();
      return wire.close();
    },
  });
}

function contactFor(user: string, wire: Wire): string {
  const { transport, local } = wire;
  // RFC 7118 5.2: a browser has no address to tell; only its connection leads to it.
  if (transport === "ws" || transport === "wss") return `sip:${user}@${local.port}.invalid;transport=ws`;
  return `sip:${user}@${hostPort(local.host, local.port)}${transport === "udp" ? "" : `;transport=${transport}`}`;
}

/** What a phone can be told to do. */
function verbs(core: Core): Pick<Softphone, "register" | "fetch" | "unregister" | "call" | "request"> {
  const registration = { callId: randomToken(), cseq: 0 };
  // RFC 3261 10.2: one Call-ID and a growing CSeq for all registrations of one phone.
  const send = (lines: string): Promise<Message> => {
    const { callId } = registration;
    const draft = outside(core, "REGISTER", `sip:${core.domain}`, "", lines);
    const to = `<sip:${core.user}@${core.domain}>`;
    return transact(core, { ...draft, to, callId, nextCseq: () => ++registration.cseq });
  };
  const register = (expires = 3600, headers = "", q = ""): Promise<Message> =>
    send(`Contact: <${core.contact}>${q === "" ? "" : `;q=${q}`}\r\nExpires: ${expires}\r\n${headers}`);
  return {
    register,
    fetch: () => send(""),
    unregister: () => register(0),
    call: (uri, headers = "") => placeCall(core, uri, headers),
    request: (method, uri, body = "", headers = "") => transact(core, outside(core, method, uri, body, headers)),
  };
}

function outside(core: Core, method: string, uri: string, body: string, headers: string): Draft {
  let cseq = 0;
  return {
    method,
    uri,
    from: `<sip:${core.user}@${core.domain}>;tag=${randomToken()}`,
    to: `<${uri}>`,
    callId: randomToken(),
    routes: [],
    headers,
    body,
    nextCseq: () => ++cseq,
  };
}
