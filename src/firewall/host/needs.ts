import { canonicalIp } from "../../base/index.ts";
import { type Opening, opening, type Ports, port } from "./opening.ts";
import { admits, mustParse } from "./spans.ts";

/** Somebody we speak with. */
export interface Peer {
  readonly name: string;
  /** Empty: not known, so anybody. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

/** A socket of our own. */
export interface OwnSocket {
  readonly protocol: "tcp" | "udp";
  /** A wildcard or empty: any address of this machine. */
  readonly address: string;
  readonly port: number;
  readonly side: "public" | "private";
}

/** Ports, and who may reach them. */
export interface Admitted {
  readonly ports: readonly number[];
  readonly from: readonly string[];
}

/** An SSH session that has to survive. */
export interface SshSession {
  readonly client: string;
  /** Address and port of this machine; the address is empty where it is not known. */
  readonly server: string;
  readonly port: number;
}

/** What this machine is for. */
export interface Site {
  readonly ssh: Admitted;
  readonly console: Admitted;
  readonly listeners: readonly OwnSocket[];
  /** Who alone may reach the public listeners, trunks among them; none: anybody. */
  readonly sipFrom: readonly string[];
  readonly backends: readonly Peer[];
  readonly rtp: Ports | undefined;
  /** Where the authority of certificates asks. */
  readonly acme: { readonly address: string; readonly port: number } | undefined;
  /** Databases, and name servers that are not at port 53. */
  readonly peers: readonly Peer[];
  readonly open: readonly Opening[];
  readonly outbound: readonly Opening[];
  readonly sessions: readonly SshSession[];
}

/** What is let in and out; all else is dropped. */
export interface Needs {
  readonly inbound: readonly Section[];
  readonly outbound: readonly Section[];
  /** UDP ports that everybody may reach: the kernel keeps no state of them. */
  readonly untracked: readonly Ports[];
  /** Sessions that only a rule of their own lets in. */
  readonly added: readonly SshSession[];
}

/** Openings under one heading. */
export interface Section {
  readonly title: string;
  readonly openings: readonly Opening[];
}

/** What a machine that is for this has to let in and out. Pure. */
export function needsOf(site: Site): Needs {
  const sections = inboundOf(site);
  const flat = sections.flatMap((s) => s.openings);
  const added = site.sessions.filter((s) => !admitsSession(flat, s));
  const sessions = added.map((s) =>
    opening("tcp", "the SSH session that this was applied from", { ports: [port(s.port)], addresses: [s.client] }),
  );
  const inbound = [...sections, { title: "SSH sessions that no other rule lets in", openings: sessions }];
  return {
    inbound: filled(inbound),
    outbound: filled(outboundOf(site, [...flat, ...sessions])),
    untracked: untracked(site),
    added,
  };
}

/** Would a new connection of this session be let in? */
function admitsSession(openings: readonly Opening[], { client, server, port: at }: SshSession): boolean {
  const to = server === "" ? undefined : server;
  return admits(openings, { protocol: "tcp", ports: port(at), from: mustParse(client), to });
}

function inboundOf(site: Site): Section[] {
  const { ssh, console: web, acme } = site;
  const sound = site.rtp === undefined ? [] : [opening("udp", "RTP: sound", { ports: [site.rtp] })];
  const asked =
    acme &&
    opening("tcp", "the question of the certificate authority", {
      ports: [port(acme.port)],
      local: localOf(acme.address),
    });
  return [
    { title: "SSH", openings: admitted(ssh, "SSH") },
    {
      title: "SIP: the public listeners",
      openings: site.listeners.filter((l) => l.side === "public").map((l) => listenerOf(l, site.sipFrom)),
    },
    { title: "SIP: the private listeners, for the phone systems alone", openings: privateOf(site) },
    { title: "Sound", openings: sound },
    { title: "The web console", openings: admitted(web, "console") },
    { title: "Certificates", openings: asked === undefined ? [] : [asked] },
    { title: "What [firewall.host] opens", openings: site.open },
  ];
}

function admitted({ ports, from }: Admitted, why: string): Opening[] {
  return ports.length === 0 ? [] : [opening("tcp", why, { ports: ports.map(port), addresses: from })];
}

function listenerOf(l: OwnSocket, addresses: readonly string[]): Opening {
  return opening(l.protocol, `SIP, ${l.side}`, { ports: [port(l.port)], addresses, local: localOf(l.address) });
}

/** Nobody but the phone systems; without one, nobody at all. */
function privateOf({ listeners, backends }: Site): Opening[] {
  const addresses = backends.flatMap((b) => b.addresses);
  if (addresses.length === 0) return [];
  return listeners.filter((l) => l.side === "private").map((l) => listenerOf(l, addresses));
}

function localOf(address: string): string {
  return address === "0.0.0.0" || address === "::" ? "" : address;
}

function outboundOf(site: Site, inbound: readonly Opening[]): Section[] {
  const sip = site.listeners.filter((l) => l.protocol === "udp").map((l) => port(l.port));
  const served = inbound.filter((o) => o.protocol === "tcp").flatMap((o) => o.ports);
  const sound = site.rtp === undefined ? [] : [opening("udp", "RTP: sound", { sourcePorts: [site.rtp] })];
  const backends = site.backends.map((b) => peerOf(b, `phone system ${b.name}`));
  return [
    {
      title: "SIP: answers and requests from our own sockets, connections to phones and other domains",
      openings: [
        ...(sip.length === 0 ? [] : [opening("udp", "SIP from our own ports", { sourcePorts: sip })]),
        opening("tcp", "SIP over TCP and TLS", { ports: [[5_060, 5_061]] }),
      ],
    },
    { title: "The phone systems", openings: backends },
    { title: "Sound", openings: sound },
    {
      title: "What stood before this was loaded: answers of TCP connections that the kernel does not know yet",
      openings: served.length === 0 ? [] : [opening("tcp", "stood before", { sourcePorts: served, answers: true })],
    },
    { title: "Names, time, web (updates, certificates)", openings: everyday() },
    { title: "Databases and name servers", openings: site.peers.map((p) => peerOf(p, p.name)) },
    { title: "What [firewall.host] lets out", openings: site.outbound },
  ];
}

function everyday(): Opening[] {
  return [
    opening("udp", "DNS, NTP", { ports: [port(53), port(123)] }),
    opening("tcp", "DNS, HTTP, HTTPS", { ports: [port(53), port(80), port(443)] }),
  ];
}

function peerOf(peer: Peer, why: string): Opening {
  return opening(peer.protocol, why, { ports: [port(peer.port)], addresses: peer.addresses });
}

/** Only what everybody may reach: where addresses are limited, answers of others are known by the state alone. */
function untracked({ listeners, sipFrom }: Site): Ports[] {
  if (sipFrom.length > 0) return [];
  return listeners.filter((l) => l.side === "public" && l.protocol === "udp").map((l) => port(l.port));
}

function filled(sections: readonly Section[]): Section[] {
  // A listener of each family on all addresses is one rule.
  const once = ({ title, openings }: Section): Section => {
    const texts = openings.map((o) => JSON.stringify(o));
    return { title, openings: openings.filter((_, i) => texts.indexOf(texts[i]) === i) };
  };
  return sections.map(once).filter((s) => s.openings.length > 0);
}

/** Reads SSH_CONNECTION, "client port server port"; undefined when it is none. An IPv6 zone is left out. */
export function readSshConnection(text: string): SshSession | undefined {
  const [client = "", , server = "", at = ""] = text.trim().split(" ");
  const [from, to] = [client, server].map((a) => canonicalIp(a.replace(/%.*$/, "")));
  const number = /^\d{1,5}$/.test(at) ? Number(at) : 0;
  if (from === undefined || number < 1 || number > 65_535) return undefined;
  return { client: from, server: to ?? "", port: number };
}
