import type { Flow, TransportName } from "../base/index.ts";

/** All our sockets together, as the edge sees them. Made by the thread's entry over the transports. */
export interface Network {
  /** Sends one message (latin1) on a flow. False when the flow is gone or its queue is full. */
  send(flow: Flow, text: string): boolean;
  /**
   * The way to an address: for UDP a peer of one of our sockets, for TCP an open connection or one that is being opened.
   * `listener` is the index of the socket to leave from, -1 for any that fits. Undefined when no socket of ours can reach it.
   */
  way(transport: TransportName, host: string, port: number, listener: number): Flow | undefined;
  /** An open connection by its number; undefined once it is gone. */
  connection(id: number): Flow | undefined;
  /** RFC 5923: from now on requests to this address may use this connection. */
  alias(flow: Flow, host: string, port: number): void;
  /** While held (a binding lives on it) a connection is not closed for being idle, and does not count against its source. */
  hold(flow: Flow, held: boolean): void;
  /** Hands what was queued outside a receive batch to the kernel. */
  flush(): void;
}
