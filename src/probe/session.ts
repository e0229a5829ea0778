import { canonicalIp, hostPort, isFailure } from "../base/index.ts";
import type { Finding, Rule } from "../findings/index.ts";
import { H, type Message, parseMessage, reply } from "../sip/index.ts";
import type { OwnAccount } from "./accounts.ts";
import { type Link, openLink } from "./link.ts";
import type { Pace } from "./pace.ts";
import { excerpt, logged, shown } from "./proof.ts";
import { type Printed, token } from "./request.ts";
import type { Target, Way } from "./target.ts";

/** Where the phone system's other doors are. */
export interface Services {
  readonly manager: readonly number[];
  readonly http: readonly number[];
  readonly https: readonly number[];
}

/** What a run is told. */
export interface ProbeOptions {
  readonly target: Target;
  /** Ids of the rules to look for; empty: all. */
  readonly only: readonly string[];
  readonly accounts: readonly OwnAccount[];
  /** A number of the operator's own, "" for none. */
  readonly number: string;
  /** Ports to look for sound at. */
  readonly rtp: { readonly from: number; readonly to: number } | undefined;
  /** Most packets that are sent. */
  readonly packets: number;
  /** Most packets in a second. */
  readonly rate: number;
  /** ms without an answer. */
  readonly patience: number;
  readonly services: Services;
  /** Address of ours to ask from; undefined: the kernel chooses. */
  readonly from?: string | undefined;
  /** Ends the run: what was found until then is the result. */
  readonly signal: AbortSignal;
  /** Takes what was sent and heard, as text. */
  readonly log: (text: string) => void;
  /** Why a password is weak, in words that do not repeat it; undefined when it is not. */
  readonly weak: (password: string, user: string) => string | undefined;
}

/** A link and what arrives over it. */
export interface Line {
  readonly way: Way;
  readonly link: Link;
  /** Bytes that have arrived so far. */
  readonly bytes: number;
  /** Hears every response to requests with this Call-ID until it is told to stop. */
  hear(callId: string, onResponse: (m: Message, text: string) => void): () => void;
  /** Hears requests with this Call-ID; those that nobody hears are answered so that they end. */
  serve(callId: string, onRequest: (m: Message) => void): () => void;
}

/** What all checks of one run share. */
export interface Session {
  readonly o: ProbeOptions;
  readonly pace: Pace;
  /** Ways that have answered SIP; the first is what the checks speak. */
  readonly ways: Way[];
  readonly found: Finding[];
  readonly missing: string[];
  /** ms until a request is sent again over UDP: RFC 3261's T1, more on a slow line. */
  t1: number;
  /** Requests in a row that got no answer, or none to their first copy. */
  late: number;
  /** Call-IDs of calls that were begun and have not ended. */
  readonly calls: Set<string>;
  /** Header and address of inner addresses that were shown to us, with the message that did. */
  readonly inner: Map<string, string>;
  /** Something was found: `key` tells it from others of its rule. */
  report(
    rule: Rule,
    way: Way | string,
    key: string,
    says: string,
    proof: readonly string[],
    more?: Partial<Finding>,
  ): void;
  /** The shared line of a way, the first that answers SIP when none is named; undefined when it cannot be opened. */
  line(way?: Way): Promise<Line | undefined>;
  /** A line of its own, closed with the run. */
  fresh(way: Way, local?: string): Promise<Line | undefined>;
  send(line: Line, text: string): void;
  close(): void;
}

/** RFC 3261 17.1.1.1. */
const T1 = 500;

/** Name of a way in findings: "udp:203.0.113.7:5060". */
export function placeOf(target: Target, way: Way): string {
  return `${way.transport}:${hostPort(target.address, way.port)}`;
}

/** Opens nothing yet. */
export function newSession(o: ProbeOptions, pace: Pace): Session {
  const lines = new Map<string, Line>();
  const opened: Line[] = [];
  const found: Finding[] = [];
  const ways: Way[] = [];
  const inner = new Map<string, string>();
  const fresh = async (way: Way, local?: string): Promise<Line | undefined> => {
    if (way.transport !== "udp") await pace.take();
    const line = await openLine(o, pace, way, local ?? o.from, (text) =>
      noteInner(inner, o.target.address, line?.link, text),
    );
    if (line !== undefined) opened.push(line);
    return line;
  };
  return {
    o,
    pace,
    ways,
    found,
    missing: [],
    t1: T1,
    late: 0,
    calls: new Set(),
    inner,
    report(rule, way, key, says, proof, more = {}) {
      const target = typeof way === "string" ? way : placeOf(o.target, way);
      if (found.some((f) => f.rule === rule.id && f.key === `${rule.id}/${key}`)) return;
      found.push({ rule: rule.id, place: { target }, says, key: `${rule.id}/${key}`, proof, edits: [], ...more });
    },
    async line(way = ways[0]) {
      if (way === undefined) return undefined;
      const key = `${way.transport}:${way.port}`;
      const known = lines.get(key);
      if (known?.link.isOpen === true) return known;
      const line = await fresh(way);
      if (line !== undefined) lines.set(key, line);
      return line;
    },
    fresh,
    send: (line, text) => sendLogged(o, line.way, line.link, text),
    close() {
      for (const line of opened) line.link.close();
    },
  };
}

/** Notes what was done beside SIP. */
export function logStep(o: ProbeOptions, what: string): void {
  o.log(`${new Date().toISOString()} ${what}\n`);
}

function sendLogged(o: ProbeOptions, way: Way, link: Link, text: string): void {
  o.log(`${new Date().toISOString()} sent ${placeOf(o.target, way)} ${text.length} bytes\n${logged(text)}\n`);
  link.send(text);
}

async function openLine(
  o: ProbeOptions,
  pace: Pace,
  way: Way,
  local: string | undefined,
  note: (text: string) => void,
): Promise<Line | undefined> {
  const hearing = new Map<string, (m: Message, text: string) => void>();
  const serving = new Map<string, (m: Message) => void>();
  let bytes = 0;
  const onText = (text: string): void => {
    bytes += text.length;
    o.log(`${new Date().toISOString()} heard ${placeOf(o.target, way)} ${text.length} bytes\n${logged(text)}\n`);
    note(text);
    const m = parseMessage(text);
    if (isFailure(m)) return;
    const callId = read(m, H.callId) ?? "";
    if (!m.isRequest) {
      hearing.get(callId)?.(m, text);
      return;
    }
    const serve = serving.get(callId);
    if (serve !== undefined) {
      serve(m);
      return;
    }
    // What they ask us is no business of ours; an answer keeps them from asking again.
    const status = STATUS[m.method] ?? 481;
    if (m.method === "ACK" || link === undefined) return;
    pace.note();
    sendLogged(o, way, link, reply(m, status, { toTag: token() }));
  };
  const { address, host } = o.target;
  const { transport, port } = way;
  const link = await openLink({ transport, port, address, name: host, local, patience: o.patience, onText });
  if (link === undefined) return undefined;
  return {
    way,
    link,
    get bytes() {
      return bytes;
    },
    hear(callId, onResponse) {
      hearing.set(callId, onResponse);
      return () => hearing.delete(callId);
    },
    serve(callId, onRequest) {
      serving.set(callId, onRequest);
      return () => serving.delete(callId);
    },
  };
}

const STATUS: Readonly<Record<string, number>> = { OPTIONS: 200, BYE: 200, CANCEL: 200, INVITE: 486 };

/** A header of a stranger's message: undefined where it is absent or malformed. */
export function read<T>(m: Message, h: Parameters<typeof m.get<T>>[0]): T | undefined {
  const value = m.get(h);
  return value === undefined || isFailure(value) ? undefined : value;
}

const INNER =
  /\b(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))(?:\.\d{1,3})+\b/g;
/** Whether an address is one that only means something inside. */
export function isInner(address: string): boolean {
  return [...address.matchAll(INNER)].some(([hit]) => hit === address);
}

const SHOWS =
  /^(?:via|v|contact|m|record-route|warning|path|service-route|server|o=|c=|p-[\w-]+|call-info|error-info)[:\s=]?/i;
/** Bound of what is kept: a few are proof enough. */
const MOST_INNER = 20;

/** Keeps private addresses that a message shows; not the target's own where it is asked there, and not ours. */
function noteInner(inner: Map<string, string>, target: string, link: Link | undefined, text: string): void {
  for (const line of text.split("\r\n")) {
    if (inner.size >= MOST_INNER) return;
    if (!SHOWS.test(line)) continue;
    for (const [address] of line.matchAll(INNER)) {
      if (canonicalIp(address) === undefined || address === target || address === link?.local.host) continue;
      const where = /^[\w-]+/.exec(line)?.[0] ?? "";
      if (!inner.has(`${where} ${address}`)) inner.set(`${where} ${address}`, shown(line));
    }
  }
}

/** Request and answer as a proof shows them. */
export function proofOf(request: Printed, answers: readonly Message[], ...names: readonly string[]): string[] {
  const said = answers.slice(0, 3).flatMap((m) => excerpt("<", m.text.slice(m.start), ...names));
  return [...excerpt(">", request.text, ...names), ...(said.length === 0 ? ["< (no answer)"] : said)];
}
