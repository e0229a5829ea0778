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
  /** Who the peer has proved to be by a client certificate, where one was asked for. */
  readonly certificate?: PeerCertificate | undefined;
  /** False once a connection is gone; always true for UDP. */
  readonly open: boolean;
}

/** A client certificate that stood up to its check. */
export interface PeerCertificate {
  /** Name of the `[[tls.peer]]` that asked for it. */
  readonly peer: string;
  /** Lower case: subject alternative names, or the common name where there are none; URIs without "sip:" and "sips:". */
  readonly names: readonly string[];
  /** From must have one of the names, as its host or as user@host. */
  readonly matchFrom: boolean;
}

/** RFC 3261 26.2.1: nobody on the way to the peer can read or change what goes over this flow. */
export function isSecure(transport: TransportName): boolean {
  return transport === "tls" || transport === "wss";
}
