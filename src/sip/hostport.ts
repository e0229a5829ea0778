import { hexDigit, readNumber, skipDigits, TABLES } from "./chars.ts";

const { bytes, host } = TABLES;

const hostPort = { start: 0, end: 0, port: 0 };

/** What `scanHostPort` found: span of the host without brackets, and the port, 0 for none. */
export const HOST_PORT: typeof hostPort = hostPort;

/** The longest spelling of an IPv6 address, with its brackets and one colon too many. */
const LONGEST_IPV6 = 48;

/**
 * Reads host [":" port] at `at` in BYTES into HOST_PORT. Gives the offset behind it, -1 when it is malformed.
 * An IPv6 reference is held to its characters only: RFC 5118 4.10 asks for lenience with one colon too many.
 */
export function scanHostPort(at: number, end: number): number {
  let i = at | 0;
  end |= 0;
  hostPort.port = 0;
  if (bytes[i] === 91) {
    i = bracketEnd(at, end);
    if (i < 0) return -1;
    hostPort.start = at + 1;
    hostPort.end = i - 1;
  } else {
    while (i < end && host[bytes[i]] === 1) i++;
    if (i === at) return -1;
    hostPort.start = at;
    hostPort.end = i;
  }
  return i < end && bytes[i] === 58 ? scanPort(i + 1, end) : i;
}

/** Reads the digits of a port at `at` into `HOST_PORT.port`; -1 when there are none or they are not 1..65535. */
export function scanPort(at: number, end: number): number {
  const i = skipDigits(at, end);
  hostPort.port = readNumber(at, i, 65_535);
  return hostPort.port > 0 ? i : -1;
}

function bracketEnd(at: number, end: number): number {
  let colons = 0;
  for (let i = at + 1; i < end && i < at + LONGEST_IPV6; i++) {
    const c = bytes[i];
    if (c === 93) return colons >= 2 ? i + 1 : -1;
    if (c === 58) colons++;
    else if (c !== 46 && hexDigit(c) < 0) return -1;
  }
  return -1;
}
