import type { Socket } from "node:net";
import type { Failure, Flow, Listener, PeerCertificate, TransportName } from "../base/index.ts";
import type { Channel } from "./channel.ts";
import type { CloseReason, StreamLimits } from "./connection.ts";
import type { TlsCredentials } from "./credentials.ts";
import type { DoorCounts, OnDoor } from "./doors.ts";
import type { OnPacket } from "./udp.ts";

export interface StreamOptions {
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly index: number;
  readonly advertise: string;
  readonly side: "public" | "private";
  /** An IPv6 wildcard takes IPv4 too; such peers show as IPv4. */
  readonly dualStack?: boolean;
  /** Instead of LIMITS, for tests and special sites. */
  readonly limits?: Partial<StreamLimits>;
  /** Milliseconds that never go back; default performance.now. */
  readonly now?: () => number;
}

export interface StreamHandlers {
  readonly onPacket: OnPacket;
  /** After the last message of what has come together. */
  readonly onBatchEnd?: () => void;
  /** The flow is gone, whoever ended it; nothing more comes or goes on it. Not called before connect() has returned. */
  readonly onClosed: (flow: Flow, reason: CloseReason) => void;
  /** The stream cannot be cut into messages. A reply sent in here still leaves, then the connection is closed. */
  readonly onFault: (flow: Flow, failure: Failure) => void;
  /** Somebody did not get in, or not as it should be. */
  readonly onDoor?: OnDoor;
}

export interface StreamStats {
  readonly connections: number;
  /** Accepted connections that have not shaken hands yet. */
  readonly handshakes: number;
  readonly accepted: number;
  readonly connected: number;
  readonly keepAlives: number;
  readonly doors: Readonly<DoorCounts>;
  /** Ended by us, by reason. */
  readonly closed: Readonly<Record<CloseReason, number>>;
}

export interface StreamTransport {
  readonly listener: Listener;
  /** A new connection; what is sent before it stands is queued. That it failed is told by onClosed. Undefined where only peers connect. */
  connect(host: string, port: number): Flow | undefined;
  /** The way to an address: an open connection from there, one with that alias, one we opened, else a new one. */
  flowTo(host: string, port: number): Flow | undefined;
  /** RFC 5923: flowTo(host, port) shall use this flow. False, and nothing done, unless `host` is the flow's own and `port` not another's. */
  addAlias(flow: Flow, host: string, port: number): boolean;
  /** Queues a message. False when the flow is gone, or is closed now since its peer does not read. */
  send(flow: Flow, text: string): boolean;
  /** While held (a binding lives on it) a flow is not closed for being idle, and does not count against its source. */
  hold(flow: Flow, held: boolean): void;
  flowById(id: number): Flow | undefined;
  /** Ends one connection after what is queued. */
  drop(flow: Flow): void;
  /** Other certificates from now on; connections that stand keep theirs. Nothing where there is no TLS. */
  renew(credentials: TlsCredentials): void;
  stats(): StreamStats;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}

/** What TCP, TLS and WebSocket do each in their own way. */
export interface Kind {
  readonly transport: TransportName;
  /** A socket was let in. Once it has shaken hands, it is given to `Door.adopt`. */
  accept(socket: Socket): void;
  /** Opens a connection from `from` ({} for any address of ours); undefined where only peers connect. */
  connect(host: string, port: number, from: { localAddress?: string }): Dialled | undefined;
  /** Where there are certificates: others from now on. */
  readonly renew?: (credentials: TlsCredentials) => void;
}

/** A connection on its way; `event` of its socket tells that it stands. */
export interface Dialled {
  readonly channel: Channel;
  readonly event: "connect" | "secureConnect";
}

/** Where a kind brings those who have shaken hands, and tells of those who could not. */
export interface Door {
  adopt(channel: Channel, certificate?: PeerCertificate): void;
  count(what: keyof DoorCounts, host: string, detail: string): void;
  /** Counts it and ends the connection, which has not shaken hands; with a last word where there is one. */
  refuse(socket: Socket, what: keyof DoorCounts, detail: string, goodbye?: string): void;
}
