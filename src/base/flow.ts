export type TransportName = "udp" | "tcp" | "tls" | "ws" | "wss";

/** One of our own listening sockets. */
export interface Listener {
  readonly index: number;
  readonly transport: TransportName;
  readonly family: 4 | 6;
  /** Address it is bound to, canonical text without brackets; may be a wildcard. */
  readonly address: string;
  readonly port: number;
  /** What to call ourselves instead of the local address (cloud NAT); empty for none. */
  readonly advertise: string;
  readonly side: "public" | "private";
}

/**
 * One way to a peer: for UDP a remote address and port seen from one listener, for TCP a connection (RFC 5626 "flow").
 * Made by the transports only; every other room holds and compares them, and never looks behind.
 */
export interface Flow {
  /** Unique within a run of the process, never reused. */
  readonly id: number;
  readonly transport: TransportName;
  readonly reliable: boolean;
  readonly listener: Listener;
  readonly family: 4 | 6;
  /** The peer's address: canonical text, no brackets, IPv4-mapped IPv6 shown as IPv4. */
  readonly host: string;
  readonly port: number;
  /** Our side as "host:port", IPv6 in brackets: what Via, Record-Route and Contact say about us on this flow. */
  readonly sentBy: string;
  /** False once a connection is gone; always true for UDP. */
  readonly open: boolean;
}
