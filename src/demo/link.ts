import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { isFailure } from "../base/index.ts";
import { StreamFramer } from "../sip/index.ts";

export interface Address {
  /** No brackets. */
  readonly host: string;
  readonly port: number;
}

/** How many times a message arrives: 0 it is lost, 1 as it should be, 2 it is duplicated. */
export type Fate = (text: string, way: "out" | "in") => 0 | 1 | 2;

/** A phone's way to the edge: one UDP socket or one TCP connection. */
export interface Link {
  readonly transport: "udp" | "tcp";
  readonly local: Address;
  /** Sends one message, latin1. */
  send(text: string): void;
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly transport: "udp" | "tcp";
  /** Address of our end, e.g. "127.0.0.1" or "::1"; the port is chosen by the kernel. */
  readonly local: string;
  readonly edge: Address;
  readonly onText: (text: string) => void;
}

/** Opens a link; rejects when the edge cannot be reached by TCP. */
export function openLink(o: LinkOptions): Promise<Link> {
  return o.transport === "udp" ? openUdpLink(o) : openTcpLink(o);
}

async function openUdpLink(o: LinkOptions): Promise<Link> {
  const socket = createSocket(o.local.includes(":") ? "udp6" : "udp4");
  socket.on("message", (bytes) => o.onText(bytes.toString("latin1")));
  socket.bind(0, o.local);
  await once(socket, "listening");
  // Only after binding: an ICMP "port unreachable" is no reason to stop, the peer may come back.
  socket.on("error", () => {});
  const { address, port } = socket.address();
  return {
    transport: "udp",
    local: { host: address, port },
    send: (text) => socket.send(Buffer.from(text, "latin1"), o.edge.port, o.edge.host, () => {}),
    close: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}

async function openTcpLink(o: LinkOptions): Promise<Link> {
  const socket = connect({ host: o.edge.host, port: o.edge.port, localAddress: o.local, noDelay: true });
  await once(socket, "connect");
  socket.on("error", () => {});
  const framer = new StreamFramer();
  socket.on("data", (chunk: Buffer) => {
    framer.push(chunk);
    let text = framer.next();
    // RFC 5626 4.4.1: an empty text is a keep-alive.
    for (; typeof text === "string"; text = framer.next()) if (text !== "") o.onText(text);
    if (isFailure(text)) socket.destroy();
  });
  return {
    transport: "tcp",
    local: { host: o.local, port: socket.localPort ?? 0 },
    send: (text) => socket.write(text, "latin1"),
    close: async () => {
      if (socket.closed) return;
      socket.destroy();
      await once(socket, "close");
    },
  };
}
