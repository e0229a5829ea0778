import type { Socket } from "node:net";
import type { Flow, Listener, TransportName } from "../base/index.ts";
import { StreamFramer } from "../sip/index.ts";
import { nextFlowId } from "./ids.ts";

/** Why a connection ended. "peer": it hung up; "framing": what it sent could not be cut into messages. */
export type CloseReason =
  | "peer"
  | "error"
  | "connect"
  | "halfMessage"
  | "idle"
  | "stall"
  | "sendQueue"
  | "framing"
  | "shutdown"
  | "host";

/** One TCP connection: a Flow, its socket, and what the timeouts need. Times are milliseconds of the transport's clock. */
export class Connection implements Flow {
  readonly id: number = nextFlowId();
  readonly transport: TransportName = "tcp";
  readonly reliable = true;
  readonly listener: Listener;
  readonly family: 4 | 6;
  readonly host: string;
  readonly port: number;
  readonly sentBy: string;
  open = true;

  readonly socket: Socket;
  readonly framer = new StreamFramer();
  /** "" for a connection we opened: the cap per source is for those who come to us. */
  readonly source: string;
  /** Addresses ("host:port") that point here: the peer's own, and aliases. */
  readonly names: string[] = [];
  opening: boolean;
  /** A binding lives on it: it may stay idle. */
  held = false;
  /** First byte of the message that is not whole yet; infinite when none is. */
  halfSince = Number.POSITIVE_INFINITY;
  /** Since when the peer has not read what we wrote, and we do not read what it writes; infinite when it reads. */
  stalledSince = Number.POSITIVE_INFINITY;
  lastUse: number;

  constructor(
    socket: Socket,
    about: { listener: Listener; host: string; port: number; sentBy: string; source: string; opening: boolean },
    now: number,
  ) {
    this.socket = socket;
    this.listener = about.listener;
    this.host = about.host;
    this.port = about.port;
    this.family = about.host.includes(":") ? 6 : 4;
    this.sentBy = about.sentBy;
    this.source = about.source;
    this.opening = about.opening;
    this.lastUse = now;
  }

  get isStalled(): boolean {
    return this.stalledSince !== Number.POSITIVE_INFINITY;
  }
}

export interface TcpLimits {
  readonly connections: number;
  readonly connectionsPerSource: number;
  readonly halfMessage: number;
  readonly idle: number;
  readonly connect: number;
  readonly stall: number;
  readonly sendQueue: number;
}

/** The timeout that a connection has run into, if any. */
export function overdue(c: Connection, limits: TcpLimits, now: number): CloseReason | undefined {
  if (c.opening) return now - c.lastUse >= limits.connect ? "connect" : undefined;
  if (c.isStalled) return now - c.stalledSince >= limits.stall ? "stall" : undefined;
  if (now - c.halfSince >= limits.halfMessage) return "halfMessage";
  if (!c.held && now - c.lastUse >= limits.idle) return "idle";
  return undefined;
}
