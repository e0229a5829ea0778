import type { TransportName } from "../base/index.ts";

/** Both ends of what was sent, addresses in their one spelling. */
export interface Ends {
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
}

/** One message as it went over the wire, or what stood in the place of one. */
export interface Wire extends Ends {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly transport: TransportName;
  /** Over TCP: the sender has seen what the other end sent, so he receives at that address. */
  readonly proved: boolean;
  /** The end of it was not captured. */
  readonly isCut: boolean;
  /** One character for a byte. */
  readonly text: string;
  /** Why a stream cannot be cut into messages; empty for a message. */
  readonly fault: string;
}

export type OnWire = (wire: Wire) => void;

/** How far a start line is looked for. */
const LONGEST_LINE = 1_024;
const VERSION = Buffer.from("SIP/2.0", "latin1");
const LF = 10;

/** Does a SIP message begin here? By its first line, which ends or begins with the version. */
export function beginsSip(bytes: Buffer, from: number, end: number): boolean {
  const first = bytes[from];
  const isLetter = (first > 64 && first < 91) || (first > 96 && first < 123);
  if (!isLetter || end - from < 12) return false;
  const line = bytes.subarray(from, Math.min(end, from + LONGEST_LINE));
  const stop = line.indexOf(LF);
  const at = line.indexOf(VERSION);
  return at === 0 || (at > 0 && stop > 0 && at < stop);
}

/** RFC 6455 4.1: a request of HTTP that asks for the protocol to be changed. */
export function isWebSocket(bytes: Buffer, from: number, end: number): boolean {
  const head = bytes.toString("latin1", from, Math.min(end, from + LONGEST_LINE));
  return head.startsWith("GET ") && /\nupgrade:[ \t]*websocket/i.test(head);
}
