import { formatIp, type Ip, parseIp, type TransportName } from "../base/index.ts";

/** One side's way as a dialog remembers it: what a `Flow` is, but told in numbers that survive a restart. */
export interface Way {
  readonly transport: TransportName;
  /** Index of our listener. */
  readonly listener: number;
  /** Canonical address, no brackets. */
  readonly host: string;
  readonly port: number;
  /** Id of the connection's flow, 0 for none (UDP). */
  readonly connection: number;
}

/** A keyed one-way function of text: at least `MAC_CHARS` characters of base64url. The secret is the host's. */
export type Mac = (text: string) => string;

/** 72 bits: what is left of the MAC in a token. */
export const MAC_CHARS = 12;

const TRANSPORTS: readonly TransportName[] = ["udp", "tcp", "tls", "ws", "wss"];
/** base64url: every character may stand in the user part of a URI as it is (RFC 3261 25.1). */
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CODE = Uint8Array.from(DIGITS, (c) => c.charCodeAt(0));
const VALUE = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) VALUE[CODE[i]] = i;

/** First digit of a way: transport, family, whether a connection follows. */
const FAMILY6 = 8;
const CONNECTED = 16;
const MAX_CONNECTION = 2 ** 36;

/**
 * User part of our Record-Route URI: both sides' ways and a MAC over them, the Call-ID and the caller's tag, 34 characters for
 * two IPv4 peers over UDP. `a` is the caller's side. Addresses are packed into digits, not only for size: a NAT's "SIP ALG"
 * rewrites addresses where it sees them as text.
 */
export function makeToken(a: Way, b: Way, callId: string, callerTag: string, mac: Mac): string {
  const ways = packWay(a) + packWay(b);
  return ways + tag(ways, callId, callerTag, mac);
}

/**
 * The side that an in-dialog request with this token goes to: the callee's when From has the caller's tag, else the caller's.
 * The tags tell the sides apart even where both phones sit behind one address, or a NAT has changed a port meanwhile.
 * Undefined when we did not make the token, or for another dialog.
 */
export function readToken(token: string, callId: string, fromTag: string, toTag: string, mac: Mac): Way | undefined {
  if (!isTokenShaped(token)) return undefined;
  const at = token.length - MAC_CHARS;
  const ways = token.slice(0, at);
  if (sameText(token, at, tag(ways, callId, fromTag, mac))) return unpackWay(ways, wayLength(ways, 0));
  if (sameText(token, at, tag(ways, callId, toTag, mac))) return unpackWay(ways, 0);
  return undefined;
}

/** True for text that may be a token of ours; costs no MAC. */
export function isTokenShaped(text: string): boolean {
  if (text.length < 34 || text.length > 2 * 33 + MAC_CHARS) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 127 || VALUE[c] < 0) return false;
  }
  return wayLength(text, 0) + wayLength(text, wayLength(text, 0)) + MAC_CHARS === text.length;
}

function tag(ways: string, callId: string, callerTag: string, mac: Mac): string {
  // Neither digits nor a tag hold a space, so one text has one reading; the first word keeps other uses of the secret apart.
  return mac(`record-route ${ways} ${callerTag} ${callId}`).slice(0, MAC_CHARS);
}

/** Compares `MAC_CHARS` characters in a time that does not depend on where they differ. */
function sameText(token: string, at: number, wanted: string): boolean {
  let difference = wanted.length < MAC_CHARS ? 1 : 0;
  for (let i = 0; i < MAC_CHARS; i++) difference |= token.charCodeAt(at + i) ^ wanted.charCodeAt(i);
  return difference === 0;
}

function packWay(way: Way): string {
  const kind = TRANSPORTS.indexOf(way.transport) | (way.connection > 0 ? CONNECTED : 0);
  const port = way.port;
  const ip = parseIp(way.host);
  if (ip === undefined || port > 65_535 || way.listener > 4_095 || way.connection >= MAX_CONNECTION) {
    throw new RangeError(`no way: ${JSON.stringify(way)}`);
  }
  const head = kind | (ip.family === 6 ? FAMILY6 : 0);
  const tail = way.connection > 0 ? digits(Math.floor(way.connection / 2 ** 18), 3) + digits(way.connection % 2 ** 18, 3) : "";
  if (ip.family === 4) return packV4(head, way.listener, ip.bytes, port) + tail;
  let text = digits(head, 1) + digits(way.listener, 2);
  // 18 bytes, address and port, are 24 digits.
  for (let i = 0; i < 15; i += 3) text += digits((ip.bytes[i] << 16) | (ip.bytes[i + 1] << 8) | ip.bytes[i + 2], 4);
  return text + digits((ip.bytes[15] << 16) | port, 4) + tail;
}

/** 3 + 8 digits in one call, since this is done for every call that is set up. */
function packV4(head: number, listener: number, b: Uint8Array, port: number): string {
  return String.fromCharCode(
    CODE[head],
    CODE[listener >> 6],
    CODE[listener & 63],
    CODE[b[0] >> 2],
    CODE[((b[0] & 3) << 4) | (b[1] >> 4)],
    CODE[((b[1] & 15) << 2) | (b[2] >> 6)],
    CODE[b[2] & 63],
    CODE[b[3] >> 2],
    CODE[((b[3] & 3) << 4) | (port >> 12)],
    CODE[(port >> 6) & 63],
    CODE[port & 63],
  );
}

function digits(value: number, count: number): string {
  let text = "";
  for (let shift = 6 * (count - 1); shift >= 0; shift -= 6) text += DIGITS[(value >> shift) & 63];
  return text;
}

/** Digits of the way that starts at `at`. */
function wayLength(text: string, at: number): number {
  const head = VALUE[text.charCodeAt(at)];
  return 3 + ((head & FAMILY6) !== 0 ? 24 : 8) + ((head & CONNECTED) !== 0 ? 6 : 0);
}

function unpackWay(text: string, at: number): Way | undefined {
  const head = number(text, at, 1);
  const transport = TRANSPORTS[head & 7];
  if (transport === undefined) return undefined;
  const listener = number(text, at + 1, 2);
  const six = (head & FAMILY6) !== 0;
  const end = at + 3 + (six ? 24 : 8);
  const bytes = unpackBytes(text, at + 3, six ? 18 : 6);
  const ip: Ip = six ? { family: 6, bytes: bytes.subarray(0, 16) } : { family: 4, bytes };
  const port = (bytes[bytes.length - 2] << 8) | bytes[bytes.length - 1];
  const connection = (head & CONNECTED) !== 0 ? number(text, end, 3) * 2 ** 18 + number(text, end + 3, 3) : 0;
  return { transport, listener, host: formatIp(ip), port, connection };
}

function unpackBytes(text: string, at: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let i = 0, d = at; i < count; i += 3, d += 4) {
    const three = number(text, d, 4);
    bytes[i] = three >> 16;
    bytes[i + 1] = (three >> 8) & 255;
    bytes[i + 2] = three & 255;
  }
  return bytes;
}

function number(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = (value << 6) | VALUE[text.charCodeAt(i)];
  return value;
}
