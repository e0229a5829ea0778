import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { canonicalIp, isTrouble, type Trouble, trouble } from "../../base/index.ts";
import type { Config } from "../../config/index.ts";
import {
  type Opening,
  type OwnSocket,
  opening,
  type Peer,
  type Ports,
  type Site,
  type SshSession,
} from "../../firewall/index.ts";
import { trunkCommand } from "../accounts.ts";
import type { Context } from "../perform.ts";
import { list } from "../print.ts";

/** Ports of sound that Asterisk uses unless told otherwise. */
const USUAL_RTP: Ports = [10_000, 20_000];

/** What the configuration says this machine is for. Names are asked for now: a later change of theirs wants a new apply. */
export async function siteOf(
  config: Config,
  context: Context,
  sessions: readonly SshSession[],
): Promise<Site | Trouble> {
  const { host } = config.firewall;
  const backends: Peer[] = [];
  for (const b of config.backends) {
    const addresses = await addressesOf(b.host, `backend ${b.name}`);
    if (isTrouble(addresses)) return addresses;
    backends.push({ name: b.name, addresses, port: b.port, protocol: b.transport === "udp" ? "udp" : "tcp" });
  }
  const sipFrom = host.sip.from.length === 0 ? [] : await withTrunks(context, host.sip.from);
  if (isTrouble(sipFrom)) return sipFrom;
  const peers = await peersOf(config);
  if (isTrouble(peers)) return peers;
  const { acme } = config.tls;
  return {
    ssh: host.ssh,
    console: host.console,
    listeners: socketsOf(config),
    sipFrom,
    backends,
    rtp: rtpOf(host.rtp, backends),
    acme: acme && { address: acme.address, port: acme.port },
    peers,
    open: host.open.map((o) => openingOf(o, "opened in [firewall.host]")),
    outbound: host.outbound.map((o) => openingOf(o, "let out in [firewall.host]")),
    sessions,
  };
}

/** Carriers stay reachable whoever else is shut out, those added by command too. */
async function withTrunks(context: Context, from: readonly string[]): Promise<string[] | Trouble> {
  const trunks = await trunkCommand(context, "trunk.list", {});
  if (isTrouble(trunks)) return trunks;
  return [...from, ...list(trunks).flatMap((t) => list(t, "addresses").map(String))];
}

/** Sockets that a start opens: those of the configuration, and the private ones that it opens by itself. */
function socketsOf({ sip, backends, front }: Config): OwnSocket[] {
  const named = sip.listen
    // Port 0: the kernel chooses at each start, which no rule can know.
    .filter((l) => l.port !== 0)
    .map(({ transport, address, port, side }): OwnSocket => {
      return { protocol: transport === "udp" ? "udp" : "tcp", address, port, side };
    });
  if (backends.length === 0 || sip.listen.some((l) => l.side === "private")) return named;
  const own = (protocol: "udp" | "tcp", port: number): OwnSocket => ({ protocol, address: "", port, side: "private" });
  const secure = backends.some((b) => b.transport === "tls") ? [own("tcp", front.privatePort + 1)] : [];
  return [...named, own("udp", front.privatePort), own("tcp", front.privatePort), ...secure];
}

/** Rempart carries no sound: it arrives here only where a phone system is on this machine. */
function rtpOf(rtp: Config["firewall"]["host"]["rtp"], backends: readonly Peer[]): Ports | undefined {
  if (rtp === "none") return undefined;
  if (rtp !== "auto") return rtp;
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((a) => canonicalIp(a.address))),
  );
  const here = (a: string): boolean => a.startsWith("127.") || a === "::1" || own.has(a);
  return backends.some((b) => b.addresses.some(here)) ? USUAL_RTP : undefined;
}

/** The database of [accounts] and name servers at ports of their own. */
async function peersOf({ accounts, dns }: Config): Promise<Peer[] | Trouble> {
  const peers: Peer[] = [];
  for (const server of dns.servers) {
    const colon = server.lastIndexOf(":");
    const port = Number(server.slice(colon + 1));
    if (port === 53) continue;
    const addresses = [server.slice(0, colon).replace(/^\[|\]$/g, "")];
    for (const protocol of ["udp", "tcp"] as const) peers.push({ name: "name server", addresses, port, protocol });
  }
  if (accounts !== undefined && accounts.engine !== "sqlite" && accounts.socket === "") {
    const addresses = await addressesOf(accounts.host, "the database of [accounts]");
    if (isTrouble(addresses)) return addresses;
    peers.push({ name: "database of [accounts]", addresses, port: accounts.port, protocol: "tcp" });
  }
  return peers;
}

async function addressesOf(host: string, who: string): Promise<string[] | Trouble> {
  const address = canonicalIp(host);
  if (address !== undefined) return [address];
  try {
    const found = await lookup(host, { all: true });
    return found.flatMap((a) => canonicalIp(a.address) ?? []);
  } catch (error) {
    return trouble(
      "BACKEND_UNRESOLVED",
      `${who}: ${host} has no address (${(error as NodeJS.ErrnoException).code ?? "unknown"})`,
      "No rule was changed.",
      "Mend the name or write the address, then: rempart firewall plan",
    );
  }
}

function openingOf(o: Config["firewall"]["host"]["open"][number], why: string): Opening {
  return opening(o.protocol, why, { ports: o.ports === undefined ? [] : [o.ports], addresses: o.addresses });
}
