import assert from "node:assert/strict";
import { answerChallenge, ha1 } from "../auth/index.ts";
import { type Flow, isFailure, LIMITS } from "../base/index.ts";
import type { Trunk } from "../policy/index.ts";
import type { Entropy, Network, Resolver } from "../ports/index.ts";
import { check, type Header, type Message, parseMessage } from "../sip/index.ts";
import { type Knowledge, newCore, newKnowledge, takeAccounts, takeRights } from "./birth.ts";
import type { DialOptions, EdgeConfig } from "./config.ts";
import type { Core } from "./core.ts";
import { Host } from "./host.ts";
import type { AccountRights, BindingRow } from "./messages.ts";
import { LISTENER, PRIVATE, STREAM, ways } from "./network.fixture.ts";

export { EDGE, INSIDE } from "./network.fixture.ts";

export const DOMAIN = "pbx.example.org";
/** Who is around it, each at a place of his own. */
export const ANNA = "203.0.113.10:40001";
export const BERT = "203.0.113.9:40000";
export const STRANGER = "198.51.100.7:5060";
export const PBX = "10.0.0.11:5060";
/** Anybody in the country. */
export const NUMBER = `sip:0612345678@${DOMAIN}`;
export const PASSWORD = "correct horse battery";
const WALL = 1_790_000_000_000;
/** What `breakSend` throws. */
export const MADE = "a fault that the test made";
/** Milliseconds between two ticks of the thread. */
const TICK = 10;

const NO_RESOLVER: Resolver = {
  ask: ({ name }) => assert.fail(`a name server was asked for ${name}`),
  close: () => {},
};

/** What the edge has sent. */
export interface Sent {
  /** "host:port". */
  readonly to: string;
  readonly text: string;
}

/** The whole edge but its sockets: a host and its core, a network that takes notes, a clock that is moved by hand. */
export interface Scene {
  readonly core: Core;
  readonly host: Host;
  /** Faults of ours that were told. */
  readonly faults: unknown[];
  /** A datagram from "host:port", or a message on the connection from there. */
  receive(from: string, text: string): void;
  /** From now on the phone at "host:port" has a connection; a number already given, as after a restart. */
  connect(at: string, transport?: "tcp" | "tls", id?: number): Flow;
  /** The connection from "host:port" is gone. Where it was one of `streams`, what comes from there next comes on a new one. */
  close(from: string): void;
  /** All that was sent and not asked for yet, unread. */
  taken(): Sent[];
  /** What was sent to "host:port" and not asked for yet. */
  heard(at: string): Message[];
  /** Moves the clock, tick by tick. */
  pass(ms: number): void;
  /** A `send` throws, as a fault of ours would: the next one, or the one after `others`; none when that is -1. */
  breakSend(others?: number): void;
}

export interface SceneOptions {
  /** Who has an account. */
  readonly users?: readonly string[];
  /** Who is registered from where: user, "host:port". */
  readonly bound?: readonly (readonly [string, string])[];
  readonly maxTransactions?: number;
  /** Name and "host:port" of each backend, the first choice first. */
  readonly backends?: readonly (readonly [name: string, at: string])[];
  readonly balance?: "weight" | "aor";
  /** Of the backends: each after the one before, or all alike. */
  readonly priorities?: "falling" | "equal";
  readonly register?: "relay" | "edge" | "mirror";
  readonly localCalls?: "direct" | "pbx";
  readonly contact?: "rewrite" | "path";
  readonly unregistered?: "refuse" | "pass";
  readonly login?: "same" | "any";
  readonly topology?: "hide" | "show";
  readonly requireTls?: readonly string[];
  /** Milliseconds between probes; none without it. */
  readonly probes?: number;
  /** Instead of the usual: strangers may call own users, numbers abroad are to be granted. */
  readonly dial?: Partial<DialOptions>;
  readonly rights?: readonly AccountRights[];
  readonly trunks?: readonly Trunk[];
  /** Who speaks TCP, "host:port"; everybody else UDP. */
  readonly streams?: readonly string[];
  /** Instead of chance, so that one run is as the other. */
  readonly entropy?: Entropy;
  /** Where other domains are; without it nobody may be asked. */
  readonly resolver?: Resolver;
}

export function newScene(o: SceneOptions): Scene {
  let at = 0;
  let untilBroken = -1;
  const sent: Sent[] = [];
  const { way, connect, connection, close } = ways(o);
  const network: Network = {
    send(flow, text) {
      if (!flow.open) return false;
      if (untilBroken-- === 0) throw new Error(MADE);
      sent.push({ to: `${flow.host}:${flow.port}`, text });
      return true;
    },
    way: (transport, host, port) => way(`${host}:${port}`, transport),
    connection,
    alias: () => {},
    hold: () => {},
    flush: () => {},
  };
  const clock = { now: () => at, wall: () => WALL + at };
  const core = newCore(
    configOf(o),
    knowledgeOf(o),
    network,
    [LISTENER, PRIVATE, ...(o.streams === undefined ? [] : [STREAM])].map((l) => ({ ...l, adapter: "" })),
    clock,
    o.resolver ?? NO_RESOLVER,
    o.entropy,
  );
  const faults: unknown[] = [];
  const host = new Host(core, (error) => faults.push(error));
  return {
    core,
    host,
    faults,
    receive: (from, text) => host.receive(way(from) as Flow, text),
    connect,
    close(from) {
      const flow = close(from);
      if (flow !== undefined) host.flowClosed(flow);
    },
    taken: () => sent.splice(0),
    heard(from) {
      const mine = sent.filter((s) => s.to === from);
      for (const s of mine) sent.splice(sent.indexOf(s), 1);
      return mine.map((s) => readSound(s.text));
    },
    pass(ms) {
      for (const end = at + ms; at < end; ) {
        at += TICK;
        host.tick(at);
      }
    },
    breakSend(others = 0) {
      untilBroken = others;
    },
  };
}

function configOf({
  maxTransactions = LIMITS.transactions,
  backends = [],
  probes = 0,
  topology = "hide",
  balance = "weight",
  priorities = "falling",
  register = "edge",
  contact = "rewrite",
  unregistered = "refuse",
  login = "same",
  localCalls = "direct",
  requireTls = [],
  dial,
}: SceneOptions): EdgeConfig {
  return {
    domains: [DOMAIN],
    decoys: ["admin", "100"],
    aliases: ["192.0.2.1", "10.0.0.1"],
    register,
    contact,
    unregistered,
    login,
    localCalls,
    hidesTopology: topology === "hide",
    realm: "",
    backends: backends.map(([name, at], i) => {
      const [host, port] = at.split(":");
      return {
        name,
        transport: "udp",
        host,
        port: Number(port),
        weight: 1,
        priority: priorities === "equal" ? 1 : i + 1,
        draining: false,
      };
    }),
    backendRules: { balance, interval: probes, downAfter: 2, upAfter: 2, expect: [] },
    dial: {
      preset: "none",
      allow: ["internal", "national", "mobile"],
      allowAnonymous: true,
      allowForeignDomains: false,
      classes: [],
      ...dial,
    },
    registrar: { minExpires: 60, maxExpires: 3600, defaultExpires: 3600, maxContacts: 10 },
    requireTls,
    algorithms: ["SHA-256", "MD5"],
    nonceLifetime: 300_000,
    nameServers: [],
    maxTransactions,
    secret: "s".repeat(64),
  };
}

function knowledgeOf({ users = [], bound = [], rights = [], trunks = [] }: SceneOptions): Knowledge {
  const knowledge = newKnowledge();
  takeAccounts(
    knowledge,
    users.map((user) => ({
      user,
      domain: DOMAIN,
      ha1: { md5: ha1("MD5", user, DOMAIN, PASSWORD), sha256: ha1("SHA-256", user, DOMAIN, PASSWORD) },
    })),
  );
  takeRights(knowledge, rights);
  knowledge.trunks.change(trunks, []);
  knowledge.location.restore(
    bound.map(([user, from]) => binding(user, from)),
    WALL,
  );
  return knowledge;
}

/** The contact is an address behind a NAT: who goes by it and not by the flow reaches nobody. */
function binding(user: string, from: string): BindingRow {
  return {
    aor: `${user}@${DOMAIN}`,
    contact: `sip:${user}@10.0.0.5:${from.split(":")[1]}`,
    params: "",
    callId: `registration of ${from}`,
    cseq: 1,
    expires: WALL + 86_400_000,
    q: 1000,
    path: [],
    instance: "",
    regId: 0,
    userAgent: "",
    received: `udp:${from}`,
    listener: 0,
  };
}

/** What the edge sent must be sound, whatever it was asked. */
function readSound(text: string): Message {
  const m = parseMessage(text);
  assert.ok(!isFailure(m) && check(m) === undefined, text);
  return m;
}

/** The values of a header, as they are written. */
export function values(m: Message, h: Header<unknown>): string[] {
  const all = m.all(h);
  assert.ok(Array.isArray(all));
  return all.map((v) => m.text.slice((v as { start: number }).start, (v as { end: number }).end));
}

export function statuses(messages: readonly Message[]): number[] {
  return messages.map((m) => m.status);
}

/** What tells one request from another. */
export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  /** "host:port" of who sends it. */
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq?: number;
  readonly branch?: string;
  /** Further whole lines without their CRLF. */
  readonly lines?: readonly string[];
}

/** As much as phones offer: what may go back depends on it. */
const OFFER = [
  "v=0\r\no=- 8000 8000 IN IP4 192.168.1.5\r\ns=-\r\nc=IN IP4 192.168.1.5\r\nt=0 0\r\nm=audio 11780 RTP/AVP 8 0 9 18 101\r\n",
  "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/8000\r\na=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n",
  "a=rtpmap:97 iLBC/8000\r\na=fmtp:97 mode=30\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=rtpmap:110 SILK/8000\r\n",
  "a=rtcp:11781\r\na=candidate:1 1 UDP 2130706431 192.168.1.5 11780 typ host\r\na=candidate:1 2 UDP 2130706430 192.168.1.5 11781 typ host\r\n",
  "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n",
].join("");

let branches = 0;

/** A sound request as text. */
export function requestText(p: RequestParts): string {
  const branch = p.branch ?? `${++branches}`;
  const lines = [
    `${p.method} ${p.uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${p.at};branch=z9hG4bK${branch};rport`,
    "Max-Forwards: 70",
    `From: ${p.from}`,
    `To: ${p.to}`,
    `Call-ID: ${p.callId}`,
    `CSeq: ${p.cseq ?? 1} ${p.method}`,
    `Contact: <sip:${p.at}>`,
    ...(p.lines ?? []),
    ...(p.method === "INVITE"
      ? ["Content-Type: application/sdp", `Content-Length: ${OFFER.length}`]
      : ["Content-Length: 0"]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${p.method === "INVITE" ? OFFER : ""}`;
}

/** A stranger's INVITE from `at`. */
export function inviteText(user: string, at: string, callId: string, more: Partial<RequestParts> = {}): string {
  const uri = `sip:${user}@${DOMAIN}`;
  const from = "<sip:caller@elsewhere.example>;tag=caller";
  return requestText({ method: "INVITE", uri, at, from, to: `<${uri}>`, callId, ...more });
}

/** The line that answers a challenge to `user`'s request for `uri`. */
export function credentials(challenge: Message, user: string, uri: string, nc = 1): string {
  const { method } = challenge;
  const line = answerChallenge(challenge, { method, uri, user, password: PASSWORD, cnonce: "c", nc });
  assert.ok(line !== undefined);
  return line.trimEnd();
}
