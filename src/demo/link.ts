import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";
import { isFailure, type TransportName } from "../base/index.ts";
import { StreamFramer } from "../sip/index.ts";

export interface Address {
  /** No brackets. */
  readonly host: string;
  readonly port: number;
}

/** How many times a message arrives: 0 it is lost, 1 as it should be, 2 it is duplicated. */
export type Fate = (text: string, way: "out" | "in") => 0 | 1 | 2;

/** A phone's way to the edge: one UDP socket or one connection. */
export interface Link {
  readonly transport: TransportName;
  readonly local: Address;
  /** Sends one message, latin1. */
  send(text: string): void;
  close(): Promise<void>;
}

export interface LinkOptions {
  readonly transport: TransportName;
  /** Address of our end, e.g. "127.0.0.1" or "::1"; the port is chosen by the kernel. */
  readonly local: string;
  readonly edge: Address;
  readonly onText: (text: string) => void;
}

/** Opens a link; rejects when the edge takes no connection. */
export function openLink(o: LinkOptions): Promise<Link> {
  if (o.transport === "udp") return openUdpLink(o);
  return o.transport === "ws" || o.transport === "wss" ? openWebLink(o) : openStreamLink(o);
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

async function openStreamLink(o: LinkOptions): Promise<Link> {
  const way = { host: o.edge.host, port: o.edge.port, localAddress: o.local };
  // A phone of the demo trusts the edge it was made for, whoever signed its certificate.
  const socket: Socket =
    o.transport === "tls" ? connectTls({ ...way, rejectUnauthorized: false }) : connect({ ...way, noDelay: true });
  await once(socket, o.transport === "tls" ? "secureConnect" : "connect");
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
    transport: o.transport,
    local: { host: o.local, port: socket.localPort ?? 0 },
    send: (text) => socket.write(text, "latin1"),
    close: async () => {
      if (socket.closed) return;
      socket.destroy();
      await once(socket, "close");
    },
  };
}

async function openWebLink(o: LinkOptions): Promise<Link> {
  const host = o.edge.host.includes(":") ? `[${o.edge.host}]` : o.edge.host;
  const web = new WebSocket(`${o.transport}://${host}:${o.edge.port}`, "sip", {
    localAddress: o.local,
    rejectUnauthorized: false,
    perMessageDeflate: false,
  });
  const { promise, resolve } = Promise.withResolvers<Socket>();
  web.once("upgrade", (response) => resolve(response.socket));
  await once(web, "open");
  const socket = await promise;
  web.on("error", () => {});
  web.on("message", (data: Buffer) => o.onText(data.toString("latin1")));
  return {
    transport: o.transport,
    local: { host: o.local, port: socket.localPort ?? 0 },
    send: (text) => web.send(Buffer.from(text, "latin1"), { binary: false }),
    close: async () => {
      if (web.readyState === WebSocket.CLOSED) return;
      web.terminate();
      await once(web, "close");
    },
  };
}
