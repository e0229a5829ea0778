import { canonicalIp, formatCidr, hostPort, parseCidr } from "../base/index.ts";

/** A text with a syntax: what to say when it is wrong, and how to read it (undefined: wrong). */
interface Syntax<T> {
  readonly expected: string;
  readonly test: (text: string) => boolean;
  readonly read: (text: string) => T | undefined;
}

function syntax<T>(expected: string, read: (text: string) => T | undefined): Syntax<T> {
  return { expected, read, test: (text) => read(text) !== undefined };
}

/** RFC 3261 25.1 hostname, lower case; a name whose last label starts with a digit would be a broken address. */
function hostname(text: string): string | undefined {
  const name = text.toLowerCase();
  const ok =
    name.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
  return ok ? name : undefined;
}

/** An address (IPv6 with or without brackets) in its one spelling, or a host name in lower case. */
function host(text: string): string | undefined {
  const inner = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  return canonicalIp(inner) ?? hostname(text);
}

function port(text: string, min: number): number | undefined {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  return number >= min && number <= 65_535 ? number : undefined;
}

function endpoint(text: string): { address: string; port: number } | undefined {
  const colon = text.lastIndexOf(":");
  const written = text.slice(0, Math.max(colon, 0));
  const bare = written.startsWith("[") && written.endsWith("]");
  // An IPv6 address without brackets and its port cannot be told apart.
  if (written.includes(":") && !bare) return undefined;
  const address = canonicalIp(bare ? written.slice(1, -1) : written);
  const number = port(text.slice(colon + 1), 0);
  return address === undefined || number === undefined ? undefined : { address, port: number };
}

/** An address with a port or without, as "address:port". */
function nameServer(text: string): string | undefined {
  const alone = host(text);
  const end = alone !== undefined && canonicalIp(alone) !== undefined ? { address: alone, port: 53 } : endpoint(text);
  return end === undefined || end.port === 0 ? undefined : hostPort(end.address, end.port);
}

/** RFC 3261 19.1.2: the port of a URI without one follows from its transport; sips is TLS. */
function backend(text: string): { host: string; port: number; transport: "udp" | "tcp" | "tls" } | undefined {
  const parts = /^(sips?):(\[[^\]]*\]|[^:;[\]]+)(?::(\d+))?(?:;transport=(udp|tcp|tls))?$/i.exec(text);
  if (!parts) return undefined;
  const named = (parts[4] ?? "udp").toLowerCase() as "udp" | "tcp" | "tls";
  const secure = parts[1].toLowerCase() === "sips";
  if (secure && parts[4] !== undefined && named === "udp") return undefined;
  const transport = secure ? "tls" : named;
  const name = host(parts[2]);
  const number = parts[3] === undefined ? (transport === "tls" ? 5_061 : 5_060) : port(parts[3], 1);
  if (name === undefined || number === undefined) return undefined;
  return { host: name, port: number, transport };
}

function cidr(text: string): string | undefined {
  const block = parseCidr(text);
  return block && formatCidr(block);
}

/** Everybody would be trusted in the whole internet. */
function trusted(text: string): string | undefined {
  return parseCidr(text)?.bits === 0 ? undefined : cidr(text);
}

export const CIDR = syntax("an address or a block such as 203.0.113.0/28", cidr);
export const TRUSTED_CIDR = syntax("an address or a block such as 203.0.113.0/28, never the whole internet", trusted);
export const DIAL_PATTERN = syntax(
  'how numbers begin, such as "0033" or "3xxx" (whole numbers of four digits)',
  (text) => (/^[+*#]?[0-9*#]{1,24}x{0,20}$/.test(text) ? text : undefined),
);

/** What `accounts.url` says; the path of SQLite as written. */
interface DatabaseUrl {
  readonly engine: "postgres" | "mysql" | "sqlite";
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const SCHEMES: Readonly<Record<string, { readonly engine: "postgres" | "mysql"; readonly port: number }>> = {
  "postgres:": { engine: "postgres", port: 5_432 },
  "postgresql:": { engine: "postgres", port: 5_432 },
  "mysql:": { engine: "mysql", port: 3_306 },
  "mariadb:": { engine: "mysql", port: 3_306 },
};

function databaseUrl(text: string): DatabaseUrl | undefined {
  if (text.startsWith("sqlite:")) {
    const path = text.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "");
    if (path === "" || path.startsWith("//") || path.includes("\0")) return undefined;
    return { engine: "sqlite", host: "", port: 0, socket: "", user: "", password: "", database: path };
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url && SCHEMES[url.protocol];
  const name = url && host(url.hostname);
  const socket = url?.searchParams.get("socket") ?? "";
  const unknown = url === undefined || url.hash !== "" || [...url.searchParams.keys()].some((key) => key !== "socket");
  if (unknown || scheme === undefined || name === undefined) return undefined;
  // A URL with a user has to have a host: the one that a socket of this machine stands for.
  if (socket !== "" && (name !== "localhost" || !socket.startsWith("/"))) return undefined;
  const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(unescaped);
  if (!user || password === undefined || !database || database.includes("/")) return undefined;
  const { engine, port } = scheme;
  return { engine, host: name, port: Number(url.port) || port, socket, user, password, database };
}

/** A part of a URL without its escapes; undefined when they are broken. */
function unescaped(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

export const DATABASE_URL = syntax(
  "a URL such as postgres://user@host/database, mysql://user@host/database or sqlite:/path/to/file.db",
  databaseUrl,
);
export const DOMAIN = syntax("a domain such as pbx.example.org, or an address", host);
export const ADVERTISE = syntax("an address or a name, without a port", host);
export const NAME_SERVER = syntax("an address such as 10.0.0.53, 10.0.0.53:5353 or [2001:db8::53]:53", nameServer);
export const LISTEN_ADDRESS = syntax("an address and a port such as 0.0.0.0:5060 or [::]:5060", endpoint);
export const BACKEND_URI = syntax("a URI such as sip:10.0.0.11:5060 or sip:pbx.example.org;transport=tcp", backend);
