import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import type { TestContext } from "node:test";
import type { Address } from "../../src/demo/index.ts";

/** A bare UDP socket for what no phone would send. */
export interface RawUdp {
  readonly port: number;
  /** "host:port", IPv6 in brackets. */
  readonly at: string;
  /** Everything that has arrived, latin1. */
  readonly received: readonly string[];
  send(bytes: Buffer | string): void;
  /** The next datagram that was not taken yet; undefined after `ms`. */
  next(ms?: number): Promise<string | undefined>;
}

/** Opens one towards the edge; closed at the end of the test. */
export async function openRaw(t: TestContext, edge: Address): Promise<RawUdp> {
  const socket = createSocket(edge.host.includes(":") ? "udp6" : "udp4");
  socket.bind(0, edge.host);
  await once(socket, "listening");
  t.after(() => socket.close());
  const received: string[] = [];
  let taken = 0;
  let wake: () => void = () => {};
  socket.on("message", (bytes) => {
    received.push(bytes.toString("latin1"));
    wake();
  });
  const { port } = socket.address();
  return {
    port,
    at: edge.host.includes(":") ? `[${edge.host}]:${port}` : `${edge.host}:${port}`,
    received,
    send: (bytes) =>
      socket.send(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes, edge.port, edge.host),
    async next(ms = 2_000) {
      if (taken === received.length) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, ms);
        wake = resolve;
        await promise;
        clearTimeout(timer);
      }
      return taken < received.length ? received[taken++] : undefined;
    },
  };
}

/** Sends bytes over a TCP connection of their own and gives what comes back until `enough`, the end, or `ms`. */
export async function exchangeTcp(
  edge: Address,
  bytes: Buffer | string,
  enough: (text: string) => boolean,
  ms = 2_000,
): Promise<{ readonly text: string; readonly closed: boolean }> {
  const socket = connect(edge.port, edge.host);
  const chunks: Buffer[] = [];
  let closed = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
    resolve();
  });
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    if (enough(Buffer.concat(chunks).toString("latin1"))) resolve();
  });
  socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  await promise;
  clearTimeout(timer);
  socket.destroy();
  return { text: Buffer.concat(chunks).toString("latin1"), closed };
}

/** A request as text, well formed where `headers` are. */
export function rawRequest(method: string, uri: string, from: string, headers: readonly string[], body = ""): string {
  const id = Math.random().toString(36).slice(2);
  const all = [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${from};branch=z9hG4bK${id};rport`,
    `Call-ID: ${id}`,
    `CSeq: 1 ${method}`,
    "Max-Forwards: 70",
    ...headers,
    `Content-Length: ${body.length}`,
  ];
  return `${all.join("\r\n")}\r\n\r\n${body}`;
}

/** Status of a response's text, 0 when it is none. */
export function statusOf(text: string | undefined): number {
  return text?.startsWith("SIP/2.0 ") ? Number(text.slice(8, 11)) : 0;
}
