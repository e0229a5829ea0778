import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { TestContext } from "node:test";
import type { Address } from "../../src/demo/index.ts";

/** How often a datagram arrives: 0 lost, 2 doubled. `up` is towards the edge. */
export type RelayFate = (text: string, way: "up" | "down") => number;

export interface Relay {
  /** What phones take for their edge. */
  readonly address: Address;
  /** The address under which the edge knows the phone at this port, once it has sent something. */
  outside(port: number): Address | undefined;
}

/**
 * A UDP relay as a home router is one: each phone behind it leaves from a socket of its own, so the edge sees another
 * address than the phone believes it has; and as a bad line is one: `fate` loses and doubles.
 */
export async function openRelay(t: TestContext, edge: Address, fate: RelayFate = () => 1): Promise<Relay> {
  const family = edge.host.includes(":") ? "udp6" : "udp4";
  const inside = createSocket(family);
  inside.bind(0, edge.host);
  await once(inside, "listening");
  const outsides = new Map<number, Promise<Socket>>();
  const ready = new Map<number, Address>();
  const open = async (phone: Address): Promise<Socket> => {
    const socket = createSocket(family);
    socket.bind(0, edge.host);
    await once(socket, "listening");
    ready.set(phone.port, { host: edge.host, port: socket.address().port });
    socket.on("message", (bytes) => {
      const times = fate(bytes.toString("latin1"), "down");
      for (let i = 0; i < times; i++) inside.send(bytes, phone.port, phone.host);
    });
    return socket;
  };
  inside.on("message", async (bytes, from) => {
    const way = outsides.get(from.port) ?? open({ host: from.address, port: from.port });
    outsides.set(from.port, way);
    const socket = await way;
    const times = fate(bytes.toString("latin1"), "up");
    for (let i = 0; i < times; i++) socket.send(bytes, edge.port, edge.host);
  });
  t.after(async () => {
    inside.close();
    for (const way of outsides.values()) (await way).close();
  });
  return { address: { host: edge.host, port: inside.address().port }, outside: (port) => ready.get(port) };
}
