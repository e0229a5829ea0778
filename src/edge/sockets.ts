import type { Failure, Flow, TransportName } from "../base/index.ts";
import type { Network } from "../ports/index.ts";
import {
  isOpenFault,
  type OpenFault,
  openTcp,
  openUdp,
  type TcpTransport,
  type UdpTransport,
} from "../transport/index.ts";
import type { Birth, EdgeStatus, ListenerView, ListenOptions } from "./messages.ts";

export interface SocketHandlers {
  readonly onPacket: (flow: Flow, text: string) => void;
  readonly onBatchEnd: () => void;
  readonly onClosed: (flow: Flow) => void;
  readonly onFault: (flow: Flow, failure: Failure) => void;
}

/** All open sockets. */
export interface Sockets {
  readonly network: Network;
  readonly listeners: readonly ListenerView[];
  stats(): Pick<EdgeStatus, "udp" | "connections">;
  close(): Promise<void>;
}

type Udp = { readonly listen: ListenOptions; readonly socket: UdpTransport };
type Tcp = { readonly listen: ListenOptions; readonly socket: TcpTransport };

/** Opens every listener, or none: what was opened is closed again when a later one fails. */
export async function openSockets(birth: Birth, handlers: SocketHandlers): Promise<Sockets | OpenFault> {
  const open: (Udp | Tcp)[] = [];
  for (const [index, listen] of birth.listen.entries()) {
    const socket = await openOne(birth, listen, index, samePort(listen, open), handlers);
    if (isOpenFault(socket)) {
      if (isWithoutIpv6(listen, socket) && birth.listen.some((l) => l.family === 4)) continue;
      await Promise.all(open.map((o) => o.socket.close()));
      const { code, message } = socket;
      return { code, message: `sip.listen[${index}]: found ${message}; expected an address of ours with a free port` };
    }
    open.push({ listen, socket } as Udp | Tcp);
  }
  const udp = open.filter((o): o is Udp => o.listen.transport === "udp");
  const tcp = open.filter((o): o is Tcp => o.listen.transport === "tcp");
  return {
    network: networkOver(
      udp.map((o) => o.socket),
      tcp.map((o) => o.socket),
    ),
    listeners: open.map(view),
    stats: () => stats(udp, tcp),
    close: async () => {
      await Promise.all(open.map((o) => o.socket.close()));
    },
  };
}

/** A machine without IPv6 still has a front door, as long as IPv4 was asked for too. */
function isWithoutIpv6(listen: ListenOptions, fault: OpenFault): boolean {
  if (fault.code === "EAFNOSUPPORT") return listen.family === 6;
  return fault.code === "EADDRNOTAVAIL" && listen.address === "::";
}

function openOne(birth: Birth, listen: ListenOptions, index: number, port: number, handlers: SocketHandlers) {
  const { family, address, advertise, side } = listen;
  const common = { family, address, port, index, advertise, side };
  return listen.transport === "udp"
    ? openUdp({ ...common, adapter: birth.udpAdapter }, handlers)
    : openTcp({ ...common, limits: birth.tcp }, handlers);
}

/** "Any port" means the same one for all transports of an address, as phones expect. */
function samePort(listen: ListenOptions, open: readonly (Udp | Tcp)[]): number {
  if (listen.port !== 0) return listen.port;
  const like = (l: ListenOptions): boolean => l.port === 0 && l.address === listen.address && l.side === listen.side;
  return open.find((o) => like(o.listen))?.socket.listener.port ?? 0;
}

function view({ listen, socket }: Udp | Tcp): ListenerView {
  const { index, side, transport, address, port } = socket.listener;
  return {
    index,
    side,
    transport,
    address,
    port,
    adapter: listen.transport === "udp" ? (socket as UdpTransport).kind : "",
  };
}

function stats(udp: readonly Udp[], tcp: readonly Tcp[]): Pick<EdgeStatus, "udp" | "connections"> {
  let kernelDrops = 0;
  let sendDrops = 0;
  for (const { socket } of udp) {
    const s = socket.stats();
    kernelDrops += Math.max(0, s.kernelDrops);
    sendDrops += s.dropped + s.errors;
  }
  return {
    udp: { kernelDrops, sendDrops },
    connections: tcp.reduce((sum, o) => sum + o.socket.stats().connections, 0),
  };
}

function networkOver(udp: readonly UdpTransport[], tcp: readonly TcpTransport[]): Network {
  // By the listener's index, so that sending is one look-up.
  const byIndex: (UdpTransport | TcpTransport | undefined)[] = [];
  for (const s of [...udp, ...tcp]) byIndex[s.listener.index] = s;
  const tcpOf = (flow: Flow): TcpTransport => byIndex[flow.listener.index] as TcpTransport;
  return {
    send(flow, text) {
      if (flow.reliable) return tcpOf(flow).send(flow, text);
      (byIndex[flow.listener.index] as UdpTransport).send(flow, text);
      return true;
    },
    way(transport, host, port, listener) {
      const family = host.includes(":") ? 6 : 4;
      const fits = (s: UdpTransport | TcpTransport): boolean =>
        s.listener.transport === transport && s.listener.family === family;
      const wanted = byIndex[listener];
      if (wanted !== undefined && fits(wanted)) return wanted.flowTo(host, port);
      const any: readonly (UdpTransport | TcpTransport)[] = transport === ("udp" satisfies TransportName) ? udp : tcp;
      // Whom nobody calls a backend is outside.
      const outside = any.find((s) => fits(s) && s.listener.side === "public");
      return (outside ?? any.find(fits))?.flowTo(host, port);
    },
    connection(id) {
      for (const s of tcp) {
        const flow = s.flowById(id);
        if (flow !== undefined) return flow;
      }
      return undefined;
    },
    alias: (flow, host, port) => void tcpOf(flow).addAlias(flow, host, port),
    hold: (flow, held) => {
      if (flow.reliable) tcpOf(flow).hold(flow, held);
    },
    flush() {
      for (const s of udp) s.flush();
    },
  };
}
