import { networkInterfaces } from "node:os";
import { type AsteriskSite, type Bind, readAsteriskSite } from "../../asterisk/index.ts";
import { canonicalIp } from "../../base/index.ts";
import { type Answer, addressTowards, askSip } from "../pbx/ask.ts";
import { asteriskVersion } from "../pbx/console.ts";
import { type Listening, listeningSockets } from "../pbx/listening.ts";
import { isWildcard, reachOf } from "../pbx/reach.ts";

/** A SIP socket of the phone system: its file says so, something listens there, it answers; each may be missing. */
export interface Door {
  readonly transport: Bind["transport"];
  readonly address: string;
  readonly port: number;
  /** Named by Asterisk's files. */
  readonly configured: boolean;
  readonly answer: Answer | undefined;
}

/** What was found of a phone system. */
export interface Found {
  /** Whether it is on this machine. */
  readonly here: boolean;
  /** "Asterisk 22.10.1", or what it calls itself. */
  readonly version: string;
  readonly site: AsteriskSite | undefined;
  readonly doors: readonly Door[];
  /** Address of ours that it will see. */
  readonly ours: string | undefined;
}

const USUAL = [5_060, 5_061, 5_080, 5_160];
/** Sockets that are asked: files may name any number of them. */
const ASKED = 32;

/** Looks for Asterisk on this machine: its files, sockets that listen, and what they answer. Undefined: none of these. */
export async function findHere(folder: string): Promise<Found | undefined> {
  const site = readAsteriskSite(folder);
  const sockets = listeningSockets();
  const binds = site?.binds ?? [];
  const asked = new Set(askable(binds, ownAddresses()));
  const ports = new Set([...USUAL, ...binds.map((b) => b.port)]);
  const open = sockets.filter((s) => ports.has(s.port));
  const doors = [
    ...(await Promise.all(binds.map((b) => (asked.has(b) ? ask(b, true) : unasked(b))))),
    ...(await Promise.all(open.filter((s) => !binds.some((b) => covers(b, s))).map((s) => ask(s, false)))),
  ];
  // Whoever answers without a name may be anything, a running Rempart too.
  const known = doors.filter((d) => d.configured || d.answer?.server);
  if (site === undefined && known.length === 0) return undefined;
  const said = known.map((d) => d.answer?.server).find((s) => s);
  const version = (site && asteriskVersion(folder)) ?? said ?? "Asterisk";
  return { here: true, version, site, doors: known, ours: machineAddress() };
}

/** Asks a phone system at an address, over UDP and TCP. Undefined: no answer. */
export async function findAt(host: string, port: number): Promise<Found | undefined> {
  const doors = await Promise.all(
    (["udp", "tcp"] as const).map((transport) => ask({ transport, address: host, port }, false)),
  );
  const answered = doors.filter((d) => d.answer !== undefined);
  if (answered.length === 0) return undefined;
  const version = answered.map((d) => d.answer?.server).find((s) => s) ?? "a SIP server that does not say its name";
  const here = ownAddresses().includes(host);
  return { here, version, site: undefined, doors: answered, ours: await addressTowards(host, port) };
}

/** Sockets of this machine: nothing is sent to whatever else somebody's files name, who may be a stranger. */
export function askable(binds: readonly Bind[], own: readonly string[]): readonly Bind[] {
  const here = binds.filter(({ address: a }) => isWildcard(a) || reachOf(a) === "machine" || own.includes(a));
  return here.slice(0, ASKED);
}

function unasked({ transport, address, port }: Bind): Door {
  return { transport, address, port, configured: true, answer: undefined };
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).flatMap((a) => canonicalIp(a.address) ?? []));
}

async function ask(at: Listening | Bind, configured: boolean): Promise<Door> {
  const { transport, address, port } = at;
  const host = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  const asked = transport === "udp" || transport === "tcp" || transport === "tls";
  // Of a socket of TCP it is not seen whether it speaks TLS: its usual port tells.
  const spoken = transport === "tcp" && !configured && port === 5_061 ? "tls" : transport;
  if (!asked || (spoken !== "udp" && spoken !== "tcp" && spoken !== "tls"))
    return { transport, address, port, configured, answer: undefined };
  const answer = await askSip({ method: "OPTIONS", host, port, transport: spoken });
  return { transport: spoken, address, port, configured, answer };
}

/** Whether a socket is the one that a file names. */
function covers(b: Bind, s: Listening): boolean {
  const kind = b.transport === "udp" ? "udp" : "tcp";
  return kind === s.transport && b.port === s.port && (b.address === s.address || isWildcard(b.address));
}

/** The address that this machine has in its network: a private one rather than another. */
function machineAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const own = all.filter((a) => a.family === "IPv4" && !a.internal).map((a) => a.address);
  return own.find((a) => /^(?:10|172|192)\./.test(a)) ?? own[0];
}
