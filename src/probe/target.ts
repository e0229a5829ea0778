import { lookup, resolveSrv } from "node:dns/promises";
import { canonicalIp, hostPort, type TransportName, type Trouble, trouble } from "../base/index.ts";

/** One way to speak SIP with the target. */
export interface Way {
  readonly transport: TransportName;
  readonly port: number;
}

/** Who is asked. */
export interface Target {
  /** As the user named it. */
  readonly text: string;
  /** Name or address, as a certificate has to have it. */
  readonly host: string;
  /** The domain of our requests. */
  readonly domain: string;
  /** Where it is; no brackets. */
  readonly address: string;
  readonly ways: readonly Way[];
}

const SHAPE = /^(?:(sips?):)?(?:[^@\s]*@)?(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?(?:;transport=(\w+))?$/i;
export const TRANSPORTS: readonly TransportName[] = ["udp", "tcp", "tls", "ws", "wss"];
/** RFC 3261 19.1.2, and where phone systems have their WebSockets. */
const PORTS: Readonly<Record<TransportName, readonly number[]>> = {
  udp: [5060],
  tcp: [5060],
  tls: [5061],
  ws: [8088],
  wss: [8089, 443],
};

/**
 * Reads "sip:host[:port]" and finds where that is; `transports` is the text of --transport ("udp,tls:5071"), "" for all.
 * USAGE_TARGET for what cannot be read, PROBE_NAME for a name that leads nowhere.
 */
export async function findTarget(text: string, transports: string): Promise<Target | Trouble> {
  const hit = SHAPE.exec(text);
  const [, scheme = "sip", v6, name, digits, transport = ""] = hit ?? [];
  const host = (v6 === undefined ? name : canonicalIp(v6)) ?? "";
  const port = digits === undefined ? undefined : Number(digits);
  if (hit === null || host === "" || (port !== undefined && (port < 1 || port > 65_535))) return notATarget(text);
  const only = transport === "" && scheme.toLowerCase() === "sips" ? "tls" : transport.toLowerCase();
  const isAddress = canonicalIp(host) !== undefined;
  // RFC 3263 4.2: a name without a port may say by SRV where its server is.
  const record = isAddress || port !== undefined ? undefined : await srvOf(host);
  const ways = waysOf(transports === "" ? only : transports, port ?? record?.port, only);
  if (ways === undefined) return notAWay(transports === "" ? only : transports);
  const address = isAddress ? host : await addressOf(record?.name ?? host);
  if (address === undefined) return nowhere(host);
  // RFC 3261 19.1.4: an address with another port is another URI, and a server knows itself by the whole of it.
  const bare = host.includes(":") ? `[${host}]` : host;
  const domain = isAddress && port !== undefined && port !== 5060 ? hostPort(host, port) : bare;
  return { text, host, domain, address, ways };
}

function waysOf(list: string, port: number | undefined, only: string): readonly Way[] | undefined {
  if (list === "") return TRANSPORTS.flatMap((t) => defaultsOf(t, t === "udp" || t === "tcp" ? port : undefined));
  const ways: Way[] = [];
  for (const word of list.split(",")) {
    const [, name = "", digits] = /^\s*(\w+)(?::(\d{1,5}))?\s*$/.exec(word.toLowerCase()) ?? [];
    const transport = TRANSPORTS.find((t) => t === name);
    const own = digits === undefined ? undefined : Number(digits);
    if (transport === undefined || own === 0 || (own ?? 1) > 65_535) return undefined;
    // One transport alone: the port that was named is its own. Else it is the one that UDP and TCP share.
    const named = !list.includes(",") || transport === only || transport === "udp" || transport === "tcp";
    ways.push(...defaultsOf(transport, own ?? (named ? port : undefined)));
  }
  return ways;
}

function defaultsOf(transport: TransportName, port: number | undefined): Way[] {
  return (port === undefined ? PORTS[transport] : [port]).map((each) => ({ transport, port: each }));
}

async function srvOf(host: string): Promise<{ readonly name: string; readonly port: number } | undefined> {
  for (const service of ["_sip._udp", "_sip._tcp"]) {
    const records = await resolveSrv(`${service}.${host}`).catch(() => []);
    const [first] = records.sort((a, b) => a.priority - b.priority || b.weight - a.weight);
    if (first !== undefined && first.name !== "") return first;
  }
  return undefined;
}

async function addressOf(name: string): Promise<string | undefined> {
  const found = await lookup(name).catch(() => undefined);
  return found?.address;
}

function notATarget(text: string): Trouble {
  const what = `the target: found ${JSON.stringify(text)}, expected sip:HOST or sip:HOST:PORT`;
  return trouble("USAGE_TARGET", what, "Nothing was sent.", "See how it is written: rempart probe --help");
}

function notAWay(text: string): Trouble {
  const what = `--transport: found ${JSON.stringify(text)}, expected some of ${TRANSPORTS.join(",")}, each with :PORT or without`;
  return trouble("USAGE_TARGET", what, "Nothing was sent.", "See how it is written: rempart probe --help");
}

function nowhere(host: string): Trouble {
  return trouble(
    "PROBE_NAME",
    `the name ${host} leads to no address`,
    "Nothing was sent to it.",
    "See that it is written right, or name the address: rempart probe sip:ADDRESS",
  );
}
