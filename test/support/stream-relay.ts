import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { Address } from "../../src/demo/index.ts";

export interface StreamRelay {
  /** What one phone takes for its edge. */
  readonly address: Address;
  /**
   * The phone has moved to another network: what it sends next leaves by a new connection. The old one is closed; or "silent": nobody tells
   * the edge, and what it sends there is lost.
   */
  move(how: "closed" | "silent"): void;
}

/** The way of one phone to the edge over TCP. The phone keeps its own end, as a SIP stack does that connects again by itself. */
export async function openStreamRelay(t: TestContext, edge: Address): Promise<StreamRelay> {
  const outsides: Socket[] = [];
  let outside: Socket | undefined;
  let inside: Socket | undefined;
  const open = (): Socket => {
    const socket = connect({ ...edge, noDelay: true });
    outsides.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => socket === outside && inside?.write(bytes));
    return socket;
  };
  const server = createServer({ noDelay: true }, (socket) => {
    inside = socket;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      outside ??= open();
      outside.write(bytes);
    });
  });
  server.listen(0, edge.host);
  await once(server, "listening");
  t.after(() => {
    for (const socket of [...outsides, inside]) socket?.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return {
    address: { host: edge.host, port },
    move(how) {
      if (how === "closed") outside?.destroy();
      outside = undefined;
    },
  };
}
