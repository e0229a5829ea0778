import type { Failure, Flow } from "../base/index.ts";
import type { Network } from "../ports/index.ts";
import {
  type CloseReason,
  isOpenFault,
  newDoorCounts,
  type OnDoor,
  type OpenFault,
  openTcp,
  openTls,
  openUdp,
  openWeb,
  type StreamTransport,
  type TlsCredentials,
  type UdpTransport,
} from "../transport/index.ts";
import type { Birth, EdgeStatus, ListenerView, ListenOptions } from "./messages.ts";

export interface SocketHandlers {
  readonly onPacket: (flow: Flow, text: string) => void;
  /** After the last message that a socket had for now; then what was sent by UDP leaves, by whichever socket. */
  readonly onBatchEnd: () => void;
  readonly onClosed: (flow: Flow, reason: CloseReason) => void;
  readonly onFault: (flow: Flow, failure: Failure) => void;
  readonly onDoor: OnDoor;
}

/** All open sockets. */
export interface Sockets {
  readonly network: Network;
  readonly listeners: readonly ListenerView[];
  /** Other certificates for all listeners with TLS. */
  renew(credentials: TlsCredentials): void;
  stats(): SocketStats;
  close(): Promise<void>;
}

type SocketStats = Pick<EdgeStatus, "udp" | "connections" | "handshakes" | "doors">;
type Udp = { readonly listen: ListenOptions; readonly socket: UdpTransport };
type Stream = { readonly listen: ListenOptions; readonly socket: StreamTransport };

/** Opens every listener, or none: what was opened is closed again when a later one fails. */
export async function openSockets(birth: Birth, handlers: SocketHandlers): Promise<Sockets | OpenFault> {
  const open: (Udp | Stream)[] = [];
  // A relayed message comes by one socket and leaves by another: who is flushed must not depend on who has brought it.
  const flush = (): void => {
    for (const { listen, socket } of open) if (listen.transport === "udp") (socket as UdpTransport).flush();
  };
  const flushing: SocketHandlers = {
    ...handlers,
    onBatchEnd: () => {
      handlers.onBatchEnd();
      flush();
    },
  };
  for (const [index, listen] of birth.listen.entries()) {
    const wanted = samePort(listen, open);
    const first = await openOne(birth, listen, index, wanted, flushing);
    // What UDP was given may be somebody's for TCP; who asked for any port gets another then.
    const taken = wanted !== listen.port && isOpenFault(first) && first.code === "EADDRINUSE";
    const socket = taken ? await openOne(birth, listen, index, 0, flushing) : first;
    if (isOpenFault(socket)) {
      if (isWithoutIpv6(listen, socket) && birth.listen.some((l) => l.family === 4)) continue;
      await Promise.all(open.map((o) => o.socket.close()));
      const { code, message } = socket;
      return { code, message: `sip.listen[${index}]: found ${message}; expected an address of ours with a free port` };
    }
    open.push({ listen, socket } as Udp | Stream);
  }
  const udp = open.filter((o): o is Udp => o.listen.transport === "udp");
  const streams = open.filter((o): o is Stream => o.listen.transport !== "udp");
  return {
    network: networkOver(
      udp.map((o) => o.socket),
      streams.map((o) => o.socket),
      flush,
    ),
    listeners: open.map(view),
    renew: (credentials) => {
      for (const { socket } of streams) socket.renew(credentials);
    },
    stats: () => stats(udp, streams),
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
  const { family, address, advertise, side, transport } = listen;
  const common = { family, address, port, index, advertise, side };
  const { credentials, origins, tcp: limits } = birth;
  if (transport === "udp") return openUdp({ ...common, adapter: birth.udpAdapter }, handlers);
  if (transport === "tcp") return openTcp({ ...common, limits }, handlers);
  if (transport === "ws") return openWeb({ ...common, limits, origins, credentials: undefined }, handlers);
  if (credentials === undefined) throw new Error(`a ${transport} listener without certificates`);
  if (transport === "tls") return openTls({ ...common, limits }, credentials, handlers);
  return openWeb({ ...common, limits, origins, credentials }, handlers);
}

/** "Any port" means the same one for UDP and TCP of an address, as phones expect. */
function samePort(listen: ListenOptions, open: readonly (Udp | Stream)[]): number {
  if (listen.port !== 0) return listen.port;
  const [own, other] = listen.transport === "udp" ? ["udp", "tcp"] : ["tcp", "udp"];
  if (listen.transport !== own) return 0;
  const pair = open.find(
    ({ listen: l }) => l.transport === other && l.port === 0 && l.address === listen.address && l.side === listen.side,
  );
  return pair?.socket.listener.port ?? 0;
}

function view({ listen, socket }: Udp | Stream): ListenerView {
  const { index, side, transport, address, port } = socket.listener;
  const adapter = listen.transport === "udp" ? (socket as UdpTransport).kind : "";
  return { index, side, transport, address, port, adapter };
}

function stats(udp: readonly Udp[], streams: readonly Stream[]): SocketStats {
  let kernelDrops = 0;
  let sendDrops = 0;
  for (const { socket } of udp) {
    const s = socket.stats();
    kernelDrops += Math.max(0, s.kernelDrops);
    sendDrops += s.dropped + s.errors;
  }
  const doors = newDoorCounts();
  let connections = 0;
  let handshakes = 0;
  for (const { socket } of streams) {
    const s = socket.stats();
    connections += s.connections;
    handshakes += s.handshakes;
    for (const what of Object.keys(doors) as (keyof typeof doors)[]) doors[what] += s.doors[what];
  }
  return { udp: { kernelDrops, sendDrops }, connections, handshakes, doors };
}

function networkOver(udp: readonly UdpTransport[], streams: readonly StreamTransport[], flush: () => void): Network {
  const all: readonly (UdpTransport | StreamTransport)[] = [...udp, ...streams];
  // By the listener's index, so that sending is one look-up.
  const byIndex: (UdpTransport | StreamTransport | undefined)[] = [];
  for (const s of all) byIndex[s.listener.index] = s;
  const streamOf = (flow: Flow): StreamTransport => byIndex[flow.listener.index] as StreamTransport;
  return {
    send(flow, text) {
      if (flow.reliable) return streamOf(flow).send(flow, text);
      (byIndex[flow.listener.index] as UdpTransport).send(flow, text);
      return true;
    },
    way(transport, host, port, listener) {
      const family = host.includes(":") ? 6 : 4;
      const fits = (s: UdpTransport | StreamTransport): boolean =>
        s.listener.transport === transport && s.listener.family === family;
      const wanted = byIndex[listener];
      if (wanted !== undefined && fits(wanted)) return wanted.flowTo(host, port);
      // Whom nobody calls a backend is outside.
      const outside = all.find((s) => fits(s) && s.listener.side === "public");
      return (outside ?? all.find(fits))?.flowTo(host, port);
    },
    connection(id) {
      for (const s of streams) {
        const flow = s.flowById(id);
        if (flow !== undefined) return flow;
      }
      return undefined;
    },
    alias: (flow, host, port) => void streamOf(flow).addAlias(flow, host, port),
    hold: (flow, held) => {
      if (flow.reliable) streamOf(flow).hold(flow, held);
    },
    flush,
  };
}
