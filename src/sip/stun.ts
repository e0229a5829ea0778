import type { Ip } from "../base/index.ts";

const HEADER = 20;
const COOKIE = [0x21, 0x12, 0xa4, 0x42];
const FINGERPRINT = 0x8028;

/** True when a datagram can only be STUN: the two top bits are 0 and the magic cookie stands in its place (RFC 5389 6). */
export function isStun(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER && bytes[0] < 4 && COOKIE.every((b, i) => bytes[4 + i] === b);
}

/**
 * Answers a STUN Binding request that came from `host`:`port` (RFC 5389, RFC 5626 8): a success response with
 * XOR-MAPPED-ADDRESS, or error 420 when it asks for what must be understood. Undefined when it is no such request: silence.
 */
export function stunReply(request: Uint8Array, host: Ip, port: number): Uint8Array | undefined {
  if (!isStun(request) || request[0] !== 0 || request[1] !== 1) return undefined;
  const length = (request[2] << 8) | request[3];
  // RFC 5389 15: attributes are padded to 4 bytes.
  if (length % 4 !== 0 || length + HEADER !== request.length) return undefined;
  const unknown = unknownAttributes(request);
  if (unknown === undefined) return undefined;
  return unknown.length > 0 ? unknownError(request, unknown) : success(request, host, port);
}

function success(request: Uint8Array, host: Ip, port: number): Uint8Array {
  const size = host.family === 4 ? 8 : 20;
  const out = head(request, 0x01, 4 + size);
  // RFC 5389 15.2: port and address xor cookie and transaction id, which stand at 4 in the header.
  out[21] = 0x20;
  out[23] = size;
  out[25] = host.family === 4 ? 1 : 2;
  out[26] = (port >> 8) ^ request[4];
  out[27] = (port & 255) ^ request[5];
  host.bytes.forEach((b, i) => {
    out[28 + i] = b ^ request[4 + i];
  });
  return out;
}

/** RFC 5389 7.3.1: types below 0x8000 must be understood; we know none that a request may hold. Undefined when a length is wrong. */
function unknownAttributes(request: Uint8Array): number[] | undefined {
  const unknown: number[] = [];
  for (let at = HEADER; at < request.length; ) {
    const type = (request[at] << 8) | request[at + 1];
    const length = (request[at + 2] << 8) | request[at + 3];
    if (type < 0x8000 && unknown.length < 16) unknown.push(type);
    at += 4 + length + ((4 - (length % 4)) % 4);
    if (at > request.length) return undefined;
    if (type === FINGERPRINT) break;
  }
  return unknown;
}

/** RFC 5389 15.6 ERROR-CODE 420 and 15.9 UNKNOWN-ATTRIBUTES. */
function unknownError(request: Uint8Array, unknown: number[]): Uint8Array {
  const list = unknown.length % 2 === 0 ? unknown : [...unknown, unknown[0]];
  const out = head(request, 0x11, 8 + 4 + list.length * 2);
  out.set([0, 0x09, 0, 4, 0, 0, 4, 20, 0, 0x0a, 0, unknown.length * 2], HEADER);
  list.forEach((type, i) => {
    out[HEADER + 12 + 2 * i] = type >> 8;
    out[HEADER + 13 + 2 * i] = type & 255;
  });
  return out;
}

/** A response header: 0x01nn, the length, cookie and transaction id of the request. */
function head(request: Uint8Array, low: number, length: number): Uint8Array {
  const out = new Uint8Array(HEADER + length);
  out[0] = 1;
  out[1] = low;
  out[2] = length >> 8;
  out[3] = length & 255;
  out.set(request.subarray(4, HEADER), 4);
  return out;
}
