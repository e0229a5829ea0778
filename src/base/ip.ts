import { own } from "./text.ts";

/** An address as a number of its family: 4 or 16 bytes, network order. */
export interface Ip {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
}

/** Reads an IPv4 or IPv6 address (no brackets, no zone). IPv4-mapped IPv6 becomes IPv4. Undefined when it is none. */
export function parseIp(text: string): Ip | undefined {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

/** The one spelling of an address we use: dotted IPv4, RFC 5952 IPv6, no brackets. Undefined when it is no address. */
export function canonicalIp(text: string): string | undefined {
  // Dotted IPv4 has one spelling that is read: its own.
  if (!text.includes(":")) return readV4(text) < 0 ? undefined : own(text);
  const ip = parseIp(text);
  return ip && formatIp(ip);
}

/** Text of an address, RFC 5952 for IPv6. */
export function formatIp(ip: Ip): string {
  const b = ip.bytes;
  if (ip.family === 4) return `${b[0]}.${b[1]}.${b[2]}.${b[3]}`;
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((b[i] << 8) | b[i + 1]);
  const [start, length] = longestZeroRun(groups);
  const hex = (part: number[]): string => part.map((g) => g.toString(16)).join(":");
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** "host:port" with IPv6 in brackets. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** RFC 5952 4.2.3: the longest run of zero groups, the first of equals. */
function longestZeroRun(groups: number[]): [number, number] {
  let best = 0;
  let bestAt = 0;
  let run = 0;
  groups.forEach((g, i) => {
    run = g === 0 ? run + 1 : 0;
    if (run > best) {
      best = run;
      bestAt = i - run + 1;
    }
  });
  return [bestAt, best];
}

function parseV4(text: string): Ip | undefined {
  const number = readV4(text);
  if (number < 0) return undefined;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) bytes[i] = number >>> (24 - 8 * i);
  return { family: 4, bytes };
}

/** The address as a number, -1: none. By character codes: flows are found by their address on the hot path. */
function readV4(text: string): number {
  if (text.length < 7 || text.length > 15) return -1;
  let number = 0;
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 46) {
      if (digits === 0 || part === 3) return -1;
      part++;
      number = number * 256 + value;
      digits = 0;
      value = 0;
      continue;
    }
    // "010" is octal to some and decimal to others: refuse what two readers may read differently.
    if (c < 48 || c > 57 || (digits > 0 && value === 0)) return -1;
    value = value * 10 + c - 48;
    digits++;
    if (value > 255) return -1;
  }
  return part !== 3 || digits === 0 ? -1 : number * 256 + value;
}

function parseV6(text: string): Ip | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0], halves.length === 1);
  const tail = halves.length === 2 ? readGroups(halves[1], true) : [];
  if (!head || !tail) return undefined;
  const gap = 8 - head.length - tail.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined;
  const groups = [...head, ...new Array<number>(gap).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  groups.forEach((g, i) => {
    bytes[2 * i] = g >> 8;
    bytes[2 * i + 1] = g & 255;
  });
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((g) => g === 0);
  return mapped ? { family: 4, bytes: bytes.slice(12) } : { family: 6, bytes };
}

function readGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (last && i === parts.length - 1 && part.includes(".")) {
      const v4 = parseV4(part);
      if (!v4) return undefined;
      groups.push((v4.bytes[0] << 8) | v4.bytes[1], (v4.bytes[2] << 8) | v4.bytes[3]);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
