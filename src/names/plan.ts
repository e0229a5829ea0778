import type { DnsAnswer, DnsQuestion, DnsType, SrvRecord } from "../ports/index.ts";
import { isDomainName, plainName } from "./domain-name.ts";

type Transport = "udp" | "tcp";

/** What a URI says of where it leads. */
export interface Destination {
  /** Lower case, no root dot. */
  readonly host: string;
  /** 0 for none. */
  readonly port: number;
  /** Empty for none. */
  readonly transport: "" | Transport;
}

/** A machine that serves the domain. */
export interface Server {
  /** Services in the order of preference: all servers of a lower one come first. */
  readonly group: number;
  readonly priority: number;
  readonly weight: number;
  readonly transport: Transport;
  readonly port: number;
  /** IPv4 first. */
  readonly addresses: readonly string[];
}

/** By what we could reach somebody. */
export type Way = `${Transport}${4 | 6}`;

/** `ask` is not empty while more has to be known. Then: servers, or none; `failed` when a name server did not answer what could have named one. */
export interface Plan {
  readonly ask: readonly DnsQuestion[];
  readonly servers: readonly Server[];
  readonly failed: boolean;
  /** Seconds that the addresses are good for. */
  readonly ttl: number;
}

const DEFAULT_PORT = 5_060;
/** More services, machines and addresses than these are not looked at: their owner must not have us ask without end. */
const SERVICES = 4;
const MACHINES = 4;
const SERVERS = 8;
const ADDRESSES = 8;
/** Seconds; for what says nothing about it. */
const LONGEST_TTL = 86_400;

/** Name of a set of SRV records, and what is spoken there. */
interface Service {
  readonly name: string;
  readonly transport: Transport;
}

type Machine = Omit<Server, "addresses"> & { readonly name: string };

/** What is known so far, and what came of looking at it. */
interface Looking {
  readonly known: ReadonlyMap<string, DnsAnswer>;
  readonly ways: ReadonlySet<Way>;
  readonly ask: DnsQuestion[];
  failed: boolean;
  ttl: number;
}

/** Under which an answer is kept. */
export function questionKey({ type, name }: DnsQuestion): string {
  return `${type} ${name}`;
}

/**
 * RFC 3263 4.1, 4.2: the servers of a destination, from the answers known by now (by `questionKey`), or what to ask next. Called again with each
 * answer that has come; it holds nothing.
 */
export function plan(to: Destination, known: ReadonlyMap<string, DnsAnswer>, ways: ReadonlySet<Way>): Plan {
  const l: Looking = { known, ways, ask: [], failed: false, ttl: LONGEST_TTL };
  const machines = machinesOf(to, l);
  const servers = l.ask.length > 0 ? [] : machines.flatMap((m) => serverOf(m, l));
  const { ask, failed, ttl } = l;
  return ask.length > 0 ? { ask, servers: [], failed: false, ttl } : { ask, servers, failed, ttl };
}

function machinesOf(to: Destination, l: Looking): readonly Machine[] {
  const plain: Machine = {
    name: to.host,
    group: 0,
    priority: 0,
    weight: 0,
    // RFC 3263 4.1: with a port, or where nothing is published, UDP for a sip URI that names no transport.
    transport: to.transport === "" ? "udp" : to.transport,
    port: to.port === 0 ? DEFAULT_PORT : to.port,
  };
  // RFC 3263 4.2: a port says that this machine is meant.
  if (to.port !== 0) return [plain];
  const ruled = to.transport === "" ? ruledServices(to.host, l) : undefined;
  if (l.ask.length > 0) return [];
  const usual = (["udp", "tcp"] as const).filter((t) => to.transport === "" || to.transport === t);
  const services = ruled ?? usual.map((transport) => ({ name: `_sip._${transport}.${to.host}`, transport }));
  const reachable = services.filter(({ transport: t }) => l.ways.has(`${t}4`) || l.ways.has(`${t}6`));
  const { machines, decided } = served(reachable, l);
  if (l.ask.length > 0 || machines.length > 0 || decided || ruled !== undefined || l.failed) return machines;
  // RFC 3263 4.2: no SRV records at all.
  return [plain];
}

/**
 * RFC 3263 4.1: the services that NAPTR records name, best first; undefined when they name none of SIP. Some name servers do not know this
 * type: no answer is none.
 */
function ruledServices(host: string, l: Looking): readonly Service[] | undefined {
  const answer = look(l, "NAPTR", host);
  if (answer?.kind !== "rules") return undefined;
  const sip = answer.records.filter((r) => /^sips?\+d2/i.test(r.service));
  if (sip.length === 0) return undefined;
  // One that wants TLS alone (SIPS+D2T) is not spoken with in the clear.
  const usable = sip.filter((r) => r.flags.toLowerCase() === "s" && r.regexp === "" && isSpoken(r.service));
  usable.sort((a, b) => a.order - b.order || a.preference - b.preference);
  return usable.slice(0, SERVICES).flatMap(({ service, replacement }): Service[] => {
    const name = plainName(replacement);
    return isDomainName(name) ? [{ name, transport: /u$/i.test(service) ? "udp" : "tcp" }] : [];
  });
}

function isSpoken(service: string): boolean {
  return /^sip\+d2[ut]$/i.test(service);
}

/** The machines of these services; `decided` when one of them says that there is none (RFC 2782: target "."). */
function served(services: readonly Service[], l: Looking): { machines: readonly Machine[]; decided: boolean } {
  const machines: Machine[] = [];
  const names = new Set<string>();
  let decided = false;
  services.forEach(({ name, transport }, group) => {
    const answer = look(l, "SRV", name);
    if (answer?.kind === "failed") l.failed = true;
    if (answer?.kind !== "servers") return;
    for (const record of [...answer.records].sort(bySrv)) {
      const machine = plainName(record.name);
      if (machine === "") decided = true;
      if (!isDomainName(machine) || record.port < 1 || record.port > 65_535 || machines.length === SERVERS) continue;
      if (!names.has(machine) && names.size === MACHINES) continue;
      names.add(machine);
      const { priority, weight, port } = record;
      machines.push({ name: machine, group, priority, weight, transport, port });
    }
  });
  return { machines, decided };
}

/** The likely ones first, so that the same ones are left out each time. */
function bySrv(a: SrvRecord, b: SrvRecord): number {
  return a.priority - b.priority || b.weight - a.weight;
}

function serverOf({ name, ...machine }: Machine, l: Looking): Server[] {
  const addresses: string[] = [];
  for (const [type, family] of [
    ["A", 4],
    ["AAAA", 6],
  ] as const) {
    if (!l.ways.has(`${machine.transport}${family}`)) continue;
    const answer = look(l, type, name);
    if (answer?.kind === "failed") l.failed = true;
    if (answer?.kind !== "addresses") continue;
    addresses.push(...answer.addresses.slice(0, ADDRESSES));
    l.ttl = Math.min(l.ttl, answer.ttl);
  }
  return addresses.length === 0 ? [] : [{ ...machine, addresses }];
}

function look(l: Looking, type: DnsType, name: string): DnsAnswer | undefined {
  const answer = l.known.get(questionKey({ type, name }));
  if (answer === undefined && !l.ask.some((q) => q.type === type && q.name === name)) l.ask.push({ type, name });
  return answer;
}
