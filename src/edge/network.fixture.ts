/** The edge's listeners and flows without a socket. */
import type { Flow, Listener, TransportName } from "../base/index.ts";

/** Where the edge of these tests listens. */
export const EDGE = "192.0.2.1:5060";
/** Where it speaks with backends. */
export const INSIDE = "10.0.0.1:5070";

export const LISTENER: Listener = {
  index: 0,
  transport: "udp",
  family: 4,
  address: "192.0.2.1",
  port: 5060,
  advertise: "",
  side: "public",
};

export const STREAM: Listener = { ...LISTENER, index: 2, transport: "tcp" };

export const PRIVATE: Listener = { ...LISTENER, index: 1, address: "10.0.0.1", port: 5070, side: "private" };

/** A flow of UDP from there. */
export function flowFrom(host: string, side: "public" | "private" = "public", port = 5060): Flow {
  const family = host.includes(":") ? 6 : 4;
  const listener = { ...LISTENER, side };
  return { id: 1, transport: "udp", reliable: false, listener, family, host, port, sentBy: EDGE, open: true };
}

/** Who is where. */
interface Places {
  /** Name and "host:port" of each backend. */
  readonly backends?: readonly (readonly [name: string, at: string])[];
  /** Who speaks TCP, "host:port"; everybody else UDP. */
  readonly streams?: readonly string[];
}

export interface Ways {
  /** Undefined when the other side does not speak that transport; without one, its own. */
  way(to: string, transport?: TransportName): Flow | undefined;
  /** A connection from there, though nobody else there has one. */
  connect(to: string, transport?: "tcp" | "tls", id?: number): Flow;
  connection(id: number): Flow | undefined;
  /** The flow that is closed now, if it was a connection. */
  close(to: string): Flow | undefined;
}

/** One flow for each address and transport, as the transports have it. */
export function ways({ backends = [], streams = [] }: Places): Ways {
  const flows = new Map<string, Flow & { open: boolean }>();
  const connected = new Map<string, Flow & { open: boolean }>();
  let made = 0;
  const make = (to: string, transport: TransportName, id = ++made) => {
    const colon = to.lastIndexOf(":");
    const inside = backends.some(([, at]) => at === to);
    const reliable = transport !== "udp";
    return {
      id,
      transport,
      reliable,
      listener: inside ? PRIVATE : reliable && streams.includes(to) ? STREAM : LISTENER,
      family: 4 as const,
      host: to.slice(0, colon),
      port: Number(to.slice(colon + 1)),
      sentBy: inside ? INSIDE : EDGE,
      open: true,
    };
  };
  return {
    way(to, wanted) {
      const now = connected.get(to);
      if (now !== undefined && (wanted === undefined || wanted === now.transport)) return now;
      const transport = wanted ?? (streams.includes(to) ? "tcp" : "udp");
      const name = `${transport}:${to}`;
      const known = flows.get(name);
      if (known !== undefined) return known;
      if (transport !== "udp" && !(transport === "tcp" && streams.includes(to))) return undefined;
      const flow = make(to, transport);
      flows.set(name, flow);
      return flow;
    },
    connect(to, transport = "tcp", id) {
      const flow = make(to, transport, id);
      connected.set(to, flow);
      return flow;
    },
    connection: (id) => [...flows.values(), ...connected.values()].find((f) => f.id === id && f.reliable && f.open),
    close(to) {
      const flow = connected.get(to) ?? flows.get(`tcp:${to}`);
      if (flow === undefined) return undefined;
      flow.open = false;
      if (!connected.delete(to)) flows.delete(`tcp:${to}`);
      return flow;
    },
  };
}
