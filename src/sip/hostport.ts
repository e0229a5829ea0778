import { BYTES } from "./bytes.ts";
import { CLASS, HOST, hexDigit, readNumber, skipDigits } from "./chars.ts";

/** What `scanHostPort` found: span of the host without brackets, whether it is in lower case already, and the port, 0 for none. */
export const hostPort = { start: 0, end: 0, lower: true, port: 0 };

/** The longest spelling of an IPv6 address, with its brackets and one colon too many. */
const LONGEST_IPV6 = 48;

/**
 * Reads host [":" port] at `at` in BYTES into `hostPort`. Gives the offset behind it, -1 when it is malformed.
 * An IPv6 reference is held to its characters only: RFC 5118 4.10 asks for lenience with one colon too many.
 */
export function scanHostPort(at: number, end: number): number {
  let i = at;
  hostPort.lower = true;
  hostPort.port = 0;
  if (BYTES[at] === 91) {
    i = bracketEnd(at, end);
    hostPort.start = at + 1;
    hostPort.end = i - 1;
    hostPort.lower = false;
    if (i < 0) return -1;
  } else {
    i = nameEnd(at, end);
    if (i === at) return -1;
    hostPort.start = at;
    hostPort.end = i;
  }
  return i < end && BYTES[i] === 58 ? scanPort(i + 1, end) : i;
}

/** Reads the digits of a port at `at` into `hostPort.port`; -1 when there are none or they are not 1..65535. */
export function scanPort(at: number, end: number): number {
  const i = skipDigits(at, end);
  hostPort.port = readNumber(at, i, 65_535);
  return hostPort.port > 0 ? i : -1;
}

/** Offset behind a host name or IPv4 address; `at` when there is none. RFC 3261 25.1: no empty label, save a final dot. */
function nameEnd(at: number, end: number): number {
  let i = at;
  let previous = 46;
  for (; i < end; i++) {
    const c = BYTES[i];
    if ((CLASS[c] & HOST) === 0) break;
    if (c === 46 && previous === 46) return at;
    if (c >= 65 && c <= 90) hostPort.lower = false;
    previous = c;
  }
  return i;
}

function bracketEnd(at: number, end: number): number {
  let colons = 0;
  for (let i = at + 1; i < end && i < at + LONGEST_IPV6; i++) {
    const c = BYTES[i];
    if (c === 93) return colons >= 2 ? i + 1 : -1;
    if (c === 58) colons++;
    else if (c !== 46 && hexDigit(c) < 0) return -1;
  }
  return -1;
}
