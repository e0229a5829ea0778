import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";
import { isFailure, type TransportName } from "../base/index.ts";
import { StreamFramer } from "../sip/index.ts";

/** A socket or a connection to the target. */
export interface Link {
  readonly transport: TransportName;
  readonly local: { readonly host: string; readonly port: number };
  readonly isOpen: boolean;
  /** Sends one message, latin1. */
  send(text: string): void;
  close(): void;
}

export interface LinkOptions {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  /** The name that a TLS server is asked for. */
  readonly name: string;
  /** Our end; undefined: the kernel chooses. */
  readonly local?: string | undefined;
  /** ms until a connection has to be there. */
  readonly patience: number;
  readonly onText: (text: string) => void;
}

/** Opens one; undefined when nothing takes the connection. */
export async function openLink(o: LinkOptions): Promise<Link | undefined> {
  const open = o.transport === "udp" ? openUdp : o.transport.startsWith("ws") ? openWeb : openStream;
  return open(o).catch(() => undefined);
}

async function openUdp(o: LinkOptions): Promise<Link> {
  const socket = createSocket(o.address.includes(":") ? "udp6" : "udp4");
  // Connected: the kernel chooses our address, and tells by an error when nothing listens there.
  try {
    const bound = once(socket, "listening");
    socket.bind(0, o.local);
    await bound;
    const connected = once(socket, "connect");
    socket.connect(o.port, o.address);
    await connected;
  } catch (error) {
    socket.close();
    throw error;
  }
  let isOpen = true;
  socket.on("error", () => {});
  socket.on("message", (bytes) => o.onText(bytes.toString("latin1")));
  const { address, port } = socket.address();
  return {
    transport: "udp",
    local: { host: address, port },
    get isOpen() {
      return isOpen;
    },
    send: (text) => void (isOpen && socket.send(Buffer.from(text, "latin1"), () => {})),
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      // What was sent last leaves first.
      setImmediate(() => socket.close());
    },
  };
}

async function openStream(o: LinkOptions): Promise<Link> {
  const way = { host: o.address, port: o.port, ...(o.local !== undefined && { localAddress: o.local }) };
  const named = isIP(o.name) === 0 ? { servername: o.name } : {};
  // Who signed the certificate is a question of its own (checks/tls.ts).
  const socket: Socket =
    o.transport === "tls" ? connectTls({ ...way, ...named, rejectUnauthorized: false }) : connect(way);
  socket.on("error", () => {});
  const end = setTimeout(() => socket.destroy(new Error("no connection")), o.patience);
  try {
    await once(socket, o.transport === "tls" ? "secureConnect" : "connect");
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(end);
  }
  const framer = new StreamFramer();
  socket.on("data", (chunk: Buffer) => {
    framer.push(chunk);
    let text = framer.next();
    for (; typeof text === "string"; text = framer.next()) if (text !== "") o.onText(text);
    if (isFailure(text)) socket.destroy();
  });
  return {
    transport: o.transport,
    local: { host: socket.localAddress ?? "127.0.0.1", port: socket.localPort ?? 0 },
    get isOpen() {
      return !socket.destroyed && socket.writable;
    },
    send: (text) => void (socket.writable && socket.write(text, "latin1")),
    close: () => void socket.end(() => socket.destroy()),
  };
}

async function openWeb(o: LinkOptions): Promise<Link> {
  const host = o.address.includes(":") ? `[${o.address}]` : o.address;
  const named = isIP(o.name) === 0 ? { servername: o.name, headers: { Host: `${o.name}:${o.port}` } } : {};
  const web = new WebSocket(`${o.transport}://${host}:${o.port}/ws`, "sip", {
    ...(o.local !== undefined && { localAddress: o.local }),
    ...named,
    rejectUnauthorized: false,
    perMessageDeflate: false,
    handshakeTimeout: o.patience,
    maxPayload: 65_536,
  });
  const upgraded = Promise.withResolvers<Socket>();
  web.once("upgrade", (response) => upgraded.resolve(response.socket));
  web.on("error", () => {});
  await once(web, "open");
  const socket = await upgraded.promise;
  web.on("message", (data: Buffer) => o.onText(data.toString("latin1")));
  return {
    transport: o.transport,
    local: { host: socket.localAddress ?? "127.0.0.1", port: socket.localPort ?? 0 },
    get isOpen() {
      return web.readyState === WebSocket.OPEN;
    },
    send: (text) =>
      void (web.readyState === WebSocket.OPEN && web.send(Buffer.from(text, "latin1"), { binary: false })),
    close: () => web.terminate(),
  };
}
