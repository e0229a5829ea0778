import type { Flow, Listener, PeerCertificate, TransportName } from "../base/index.ts";
import type { Channel } from "./channel.ts";
import { nextFlowId } from "./ids.ts";
import type { Seat } from "./sources.ts";

/** Why a connection ended. "peer": it hung up; "framing": what it sent could not be cut into messages. */
export type CloseReason =
  | "peer"
  | "error"
  | "connect"
  | "halfMessage"
  | "idle"
  | "silent"
  | "stall"
  | "sendQueue"
  | "framing"
  | "shutdown"
  | "host";

/** One connection: a Flow, what its messages travel in, and what the timeouts need. Times are milliseconds of the transport's clock. */
export class Connection implements Flow {
  readonly id: number = nextFlowId();
  readonly transport: TransportName;
  readonly reliable = true;
  readonly listener: Listener;
  readonly family: 4 | 6;
  readonly host: string;
  readonly port: number;
  readonly sentBy: string;
  readonly certificate: PeerCertificate | undefined;
  open = true;

  /** Its place among those of its source; none for a connection that we opened. */
  readonly seat: Seat | undefined;
  readonly channel: Channel;
  /** Addresses ("host:port") that point here: the peer's own, and aliases. */
  readonly names: string[] = [];
  opening: boolean;
  /** A whole message has come. */
  spoke = false;
  /** A binding lives on it: it may stay idle. */
  held = false;
  /** First byte of the message that is not whole yet; infinite when none is. */
  halfSince = Number.POSITIVE_INFINITY;
  /** Since when the peer has not read what we wrote, and we do not read what it writes; infinite when it reads. */
  stalledSince = Number.POSITIVE_INFINITY;
  /** Last time that something came or went. */
  lastUse: number;
  /** Last sign of life that was asked for. */
  heardAt: number;
  /** When the peer was asked for a sign of life and has not given one since; infinite when it was not. */
  askedAt = Number.POSITIVE_INFINITY;

  constructor(
    channel: Channel,
    about: {
      readonly listener: Listener;
      readonly host: string;
      readonly port: number;
      readonly sentBy: string;
      readonly seat?: Seat | undefined;
      readonly opening: boolean;
      readonly certificate?: PeerCertificate | undefined;
    },
    now: number,
  ) {
    this.channel = channel;
    this.listener = about.listener;
    this.transport = about.listener.transport;
    this.host = about.host;
    this.port = about.port;
    this.family = about.host.includes(":") ? 6 : 4;
    this.sentBy = about.sentBy;
    this.seat = about.seat;
    this.certificate = about.certificate;
    this.opening = about.opening;
    this.lastUse = now;
    this.heardAt = now;
  }

  get isStalled(): boolean {
    return this.stalledSince !== Number.POSITIVE_INFINITY;
  }
}

export interface StreamLimits {
  readonly connections: number;
  readonly connectionsPerSource: number;
  readonly handshakes: number;
  readonly handshake: number;
  readonly halfMessage: number;
  readonly idle: number;
  readonly connect: number;
  readonly stall: number;
  readonly sendQueue: number;
  readonly webPing: number;
}

/** The timeout that a connection has run into, if any. */
export function overdue(c: Connection, limits: StreamLimits, now: number): CloseReason | undefined {
  if (c.opening) return now - c.lastUse >= limits.connect ? "connect" : undefined;
  if (c.isStalled) return now - c.stalledSince >= limits.stall ? "stall" : undefined;
  if (now - c.halfSince >= limits.halfMessage) return "halfMessage";
  if (now - c.askedAt >= limits.stall) return "silent";
  if (!c.held && now - c.lastUse >= limits.idle) return "idle";
  return undefined;
}

/** Connections ended so far, by reason. */
export function newClosed(): Record<CloseReason, number> {
  return {
    peer: 0,
    error: 0,
    connect: 0,
    halfMessage: 0,
    idle: 0,
    silent: 0,
    stall: 0,
    sendQueue: 0,
    framing: 0,
    shutdown: 0,
    host: 0,
  };
}
