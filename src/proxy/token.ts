import { formatIp, parseIp, type TransportName } from "../base/index.ts";

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
  /** Stands for who was registered over the connection: `HOLDER_CHARS` of base64url, "" for nobody or UDP. */
  readonly holder: string;
}

/** A keyed one-way function of text: at least `MAC_CHARS` characters of base64url. The secret is the host's. */
export type Mac = (text: string) => string;

/** 72 bits: what is left of the MAC in a token. */
export const MAC_CHARS = 12;
/** 30 bits: a token's own MAC vouches for it, so it need only tell users apart. */
export const HOLDER_CHARS = 5;

const TRANSPORTS: readonly TransportName[] = ["udp", "tcp", "tls", "ws", "wss"];
/** base64url: every character may stand in the user part of a URI as it is (RFC 3261 25.1). */
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CODE = Uint8Array.from(DIGITS, (c) => c.charCodeAt(0));
const VALUE = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) VALUE[CODE[i]] = i;

/** First digit of a way: transport, family, whether a connection follows, whether its holder does. */
const FAMILY6 = 8;
const CONNECTED = 16;
const HELD = 32;
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
  if (text.length > 2 * (33 + HOLDER_CHARS) + MAC_CHARS) return false;
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
  let difference = 0;
  for (let i = 0; i < MAC_CHARS; i++) difference |= token.charCodeAt(at + i) ^ wanted.charCodeAt(i);
  return difference === 0;
}

/** A way as text that `unpackWay` understands. */
export function packWay(way: Way): string {
  const { host, port, listener, connection, holder } = way;
  const transport = TRANSPORTS.indexOf(way.transport);
  if (transport < 0 || port > 65_535 || listener > 4_095 || connection >= MAX_CONNECTION) throw noWay(way);
  if (holder !== "" && (connection === 0 || !isHolder(holder))) throw noWay(way);
  const tail =
    connection > 0 ? digits(Math.floor(connection / 2 ** 18), 3) + digits(connection % 2 ** 18, 3) + holder : "";
  const head = transport | (connection > 0 ? CONNECTED : 0) | (holder === "" ? 0 : HELD);
  const v4 = readV4(host);
  if (v4 >= 0) return packV4(head, listener, v4, port) + tail;
  const ip = parseIp(host);
  if (ip === undefined || ip.family !== 6) throw noWay(way);
  const b = ip.bytes;
  let text = digits(head | FAMILY6, 1) + digits(listener, 2);
  // 18 bytes, address and port, are 24 digits.
  for (let i = 0; i < 15; i += 3) text += digits((b[i] << 16) | (b[i + 1] << 8) | b[i + 2], 4);
  return text + digits((b[15] << 16) | port, 4) + tail;
}

function isHolder(text: string): boolean {
  if (text.length !== HOLDER_CHARS) return false;
  for (let i = 0; i < text.length; i++) if (!(VALUE[text.charCodeAt(i)] >= 0)) return false;
  return true;
}

/** Flows have canonical addresses, so this is a fault of our own. */
function noWay(way: Way): RangeError {
  return new RangeError(`no way: ${JSON.stringify(way)}`);
}

/** A canonical IPv4 address as a number, -1 for any other text. Two per call that is set up, so not by way of `parseIp`. */
function readV4(host: string): number {
  let value = 0;
  let part = 0;
  let dots = 0;
  for (let i = 0; i < host.length; i++) {
    const c = host.charCodeAt(i);
    if (c === DOT) {
      value = value * 256 + part;
      part = 0;
      dots++;
    } else if (c < ZERO || c > NINE) return -1;
    else part = part * 10 + c - ZERO;
    if (part > 255) return -1;
  }
  return dots === 3 ? value * 256 + part : -1;
}

const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** 3 + 8 digits in one go. */
function packV4(head: number, listener: number, ip: number, port: number): string {
  return String.fromCharCode(
    CODE[head],
    CODE[listener >> 6],
    CODE[listener & 63],
    CODE[ip >>> 26],
    CODE[(ip >>> 20) & 63],
    CODE[(ip >>> 14) & 63],
    CODE[(ip >>> 8) & 63],
    CODE[(ip >>> 2) & 63],
    CODE[((ip & 3) << 4) | (port >> 12)],
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
  const tail = ((head & CONNECTED) !== 0 ? 6 : 0) + ((head & HELD) !== 0 ? HOLDER_CHARS : 0);
  return 3 + ((head & FAMILY6) !== 0 ? 24 : 8) + tail;
}

/** The way at `at` of a text that we have packed: of a token only when its MAC was right. */
export function unpackWay(text: string, at: number): Way {
  const head = number(text, at, 1);
  const six = (head & FAMILY6) !== 0;
  const end = at + (six ? 27 : 11);
  return {
    transport: TRANSPORTS[head & 7],
    listener: number(text, at + 1, 2),
    host: six ? hostV6(text, at + 3) : hostV4(text, at + 3),
    port: number(text, end - 4, 4) & 0xffff,
    connection: (head & CONNECTED) !== 0 ? number(text, end, 3) * 2 ** 18 + number(text, end + 3, 3) : 0,
    holder: (head & HELD) !== 0 ? text.slice(end + 6, end + 6 + HOLDER_CHARS) : "",
  };
}

function hostV4(text: string, at: number): string {
  const high = number(text, at, 4);
  return `${high >> 16}.${(high >> 8) & 255}.${high & 255}.${number(text, at + 4, 4) >> 16}`;
}

function hostV6(text: string, at: number): string {
  const bytes = new Uint8Array(16);
  for (let i = 0, d = at; i < 16; i += 3, d += 4) {
    const three = number(text, d, 4);
    bytes[i] = three >> 16;
    if (i === 15) break;
    bytes[i + 1] = (three >> 8) & 255;
    bytes[i + 2] = three & 255;
  }
  return formatIp({ family: 6, bytes });
}

function number(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = (value << 6) | VALUE[text.charCodeAt(i)];
  return value;
}
