import { canonicalIp, formatCidr, parseCidr } from "../base/index.ts";

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

function backend(text: string): { host: string; port: number; transport: "udp" | "tcp" } | undefined {
  const parts = /^sip:(\[[^\]]*\]|[^:;[\]]+)(?::(\d+))?(?:;transport=(udp|tcp))?$/i.exec(text);
  if (!parts) return undefined;
  const name = host(parts[1]);
  const number = parts[2] === undefined ? 5_060 : port(parts[2], 1);
  if (name === undefined || number === undefined) return undefined;
  return { host: name, port: number, transport: parts[3]?.toLowerCase() === "tcp" ? "tcp" : "udp" };
}

function cidr(text: string): string | undefined {
  const block = parseCidr(text);
  return block && formatCidr(block);
}

export const NAME = syntax("letters, digits, dots and dashes, such as asterisk-1", (name) =>
  /^[\w.-]{1,64}$/.test(name) ? name : undefined,
);
export const CIDR = syntax("an address or a block such as 203.0.113.0/28", cidr);
export const DIAL_PATTERN = syntax(
  'how numbers begin, such as "0033" or "3xxx" (whole numbers of four digits)',
  (text) => (/^[+*#]?[0-9*#]{1,24}x{0,20}$/.test(text) ? text : undefined),
);
export const DOMAIN = syntax("a domain such as pbx.example.org, or an address", host);
export const ADVERTISE = syntax("an address or a name, without a port", host);
export const LISTEN_ADDRESS = syntax("an address and a port such as 0.0.0.0:5060 or [::]:5060", endpoint);
export const BACKEND_URI = syntax("a URI such as sip:10.0.0.11:5060 or sip:pbx.example.org;transport=tcp", backend);
