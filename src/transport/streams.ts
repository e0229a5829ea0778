import { createServer, type Server, type Socket } from "node:net";
import {
  canonicalIp,
  type Failure,
  type Flow,
  hostPort,
  isFailure,
  LIMITS,
  type Listener,
  type PeerCertificate,
  type TransportName,
} from "../base/index.ts";
import { type Channel, TLS_ON_PLAIN } from "./channel.ts";
import { type CloseReason, Connection, newClosed, overdue, type StreamLimits } from "./connection.ts";
import type { TlsCredentials } from "./credentials.ts";
import { type DoorCounts, newDoorCounts, TOO_SLOW } from "./doors.ts";
import { type OpenFault, openFault } from "./fault.ts";
import { endsOf, Handshakes } from "./handshakes.ts";
import { isWildcard, sentByFor } from "./local.ts";
import { Sources, sourceOf } from "./sources.ts";
import type { Door, Kind, StreamHandlers, StreamOptions, StreamStats, StreamTransport } from "./stream.ts";

/** Listens on one address and connects from there. Faults are values: port in use, no such address, not permitted. */
export async function openStreams(
  o: StreamOptions,
  transport: TransportName,
  handlers: StreamHandlers,
  kindOf: (door: Door) => Kind,
): Promise<StreamTransport | OpenFault> {
  const address = canonicalIp(o.address);
  if (address === undefined) {
    return { code: "EINVAL", message: `${transport} ${o.address} is not an address to listen on` };
  }
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
  const fault = await listen(server, transport, address, o);
  if (fault) return fault;
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : o.port;
  const { family, index, advertise, side } = o;
  const listener: Listener = { index, transport, family, address, port, advertise, side };
  const now = o.now ?? (() => performance.now());
  return new Streams(server, listener, handlers, { ...LIMITS, ...o.limits }, now, kindOf);
}

function listen(server: Server, transport: string, host: string, o: StreamOptions): Promise<OpenFault | undefined> {
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(openFault(`${transport} ${hostPort(host, o.port)}`, error)));
    server.listen({ host, port: o.port, ipv6Only: !o.dualStack, backlog: 1_024 }, () => {
      server.removeAllListeners("error");
      resolve(undefined);
    });
  });
}

/** How long a last message may take to leave. */
const GOODBYE_MS = 1_000;

class Streams implements StreamTransport {
  readonly listener: Listener;
  readonly #server: Server;
  readonly #handlers: StreamHandlers;
  readonly #limits: StreamLimits;
  readonly #now: () => number;
  readonly #kind: Kind;
  readonly #byId = new Map<number, Connection>();
  /** "host:port" -> the connection that reaches it, the newest first to be asked. */
  readonly #byName = new Map<string, Connection>();
  readonly #sources = new Sources();
  readonly #handshakes = new Handshakes();
  /** Accepted, and no message yet; the oldest first. */
  readonly #silent = new Set<Connection>();
  readonly #sweeper: NodeJS.Timeout;
  readonly #counts = { accepted: 0, connected: 0, keepAlives: 0 };
  readonly #doors = newDoorCounts();
  readonly #closed = newClosed();

  constructor(
    server: Server,
    listener: Listener,
    handlers: StreamHandlers,
    limits: StreamLimits,
    now: () => number,
    kindOf: (door: Door) => Kind,
  ) {
    this.#server = server;
    this.listener = listener;
    this.#handlers = handlers;
    this.#limits = limits;
    this.#now = now;
    this.#kind = kindOf({
      adopt: (channel, certificate) => this.#accepted(channel, certificate),
      count: (what, host, detail) => this.#count(what, host, detail),
      refuse: (socket, what, detail, goodbye) => this.#refuse(socket, what, detail, goodbye ?? ""),
    });
    server.on("connection", (socket) => this.#letIn(socket));
    server.on("error", () => this.#count("refused", "", ""));
    const { halfMessage, idle, connect, stall, handshake } = limits;
    const period = Math.min(halfMessage, idle, connect, stall, handshake) / 8;
    this.#sweeper = setInterval(() => this.#sweep(), Math.max(10, Math.min(500, period)));
    this.#sweeper.unref();
  }

  #count(what: keyof DoorCounts, host: string, detail: string): void {
    this.#doors[what]++;
    this.#handlers.onDoor?.(what, host, detail);
  }

  #refuse(socket: Socket, what: keyof DoorCounts, detail: string, goodbye: string): void {
    const ends = endsOf(socket);
    // One connection is refused once, however many requests came in one piece.
    if (ends !== undefined && this.#handshakes.done(ends.key) === undefined) return;
    this.#count(what, ends?.host ?? "", detail);
    if (goodbye === "") {
      socket.destroy();
      return;
    }
    socket.on("error", ignore);
    socket.end(goodbye);
    setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
  }

  /** The caps come before any handshake: that costs more than all the rest. */
  #letIn(socket: Socket): void {
    const ends = endsOf(socket);
    // It may have hung up before we looked.
    if (ends === undefined) {
      socket.destroy();
      return;
    }
    socket.on("error", ignore);
    const source = sourceOf(ends.host);
    const { connections, connectionsPerSource, handshakes } = this.#limits;
    const crowded = this.#sources.count(source) >= connectionsPerSource;
    if (crowded || !this.#makeRoom(connections, handshakes)) {
      this.#count("refused", ends.host, crowded ? "too many from one source" : "too many in all");
      socket.resetAndDestroy();
      return;
    }
    const seat = this.#sources.enter(source);
    this.#handshakes.begin(ends, socket, seat, this.#now());
    socket.once("close", () => {
      this.#sources.leave(seat);
      if (this.#handshakes.gone(ends.key, socket)) this.#count("halfHandshake", ends.host, "hung up");
    });
    this.#kind.accept(socket);
  }

  /** Who says nothing holds a place only as long as nobody else wants it: from many addresses all of them are soon held for nothing. */
  #makeRoom(connections: number, handshakes: number): boolean {
    if (this.#handshakes.size >= handshakes) this.#tooLate(this.#handshakes.takeOldest(), "gave way");
    if (this.#byId.size + this.#handshakes.size < connections) return true;
    const silent = this.#silent.values().next().value;
    if (silent !== undefined) this.#gone(silent, "idle");
    else this.#tooLate(this.#handshakes.takeOldest(), "gave way");
    return this.#byId.size + this.#handshakes.size < connections;
  }

  #tooLate(socket: Socket | undefined, why: string): void {
    if (socket === undefined) return;
    this.#count("halfHandshake", socket.remoteAddress ?? "", why);
    socket.destroy();
  }

  #accepted(channel: Channel, certificate: PeerCertificate | undefined): void {
    const ends = endsOf(channel.socket);
    const seat = ends && this.#handshakes.done(ends.key);
    if (ends === undefined || seat === undefined) {
      channel.socket.destroy();
      return;
    }
    this.#counts.accepted++;
    const { host, port, local } = ends;
    const sentBy = sentByFor(this.listener, host, local);
    const about = { listener: this.listener, host, port, sentBy, seat, opening: false, certificate };
    this.#silent.add(this.#adopt(channel, about));
  }

  connect(host: string, port: number): Flow | undefined {
    const name = canonicalIp(host);
    if (name === undefined) throw new Error(`connect: ${host} is no address`);
    const from = isWildcard(this.listener.address) ? {} : { localAddress: this.listener.address };
    const dialled = this.#kind.connect(name, port, from);
    if (dialled === undefined) return undefined;
    const { channel, event } = dialled;
    const sentBy = sentByFor(this.listener, name, "");
    const c = this.#adopt(channel, { listener: this.listener, host: name, port, sentBy, opening: true });
    channel.socket.once(event, () => {
      c.opening = false;
      c.lastUse = this.#now();
      this.#counts.connected++;
    });
    // One more than allowed: it is taken back, and the host told so as with any that fails.
    if (this.#byId.size > this.#limits.connections) channel.socket.destroy(new Error("too many connections"));
    return c;
  }

  #adopt(channel: Channel, about: ConstructorParameters<typeof Connection>[1]): Connection {
    const c = new Connection(channel, about, this.#now());
    this.#byId.set(c.id, c);
    this.#name(c, c.host, c.port);
    const { socket } = channel;
    socket.on("drain", () => this.#drained(c));
    socket.on("error", () => this.#gone(c, c.opening ? "connect" : "error"));
    socket.on("close", () => this.#gone(c, "peer"));
    channel.start(
      () => this.#deliver(c),
      () => {
        c.heardAt = this.#now();
        c.askedAt = Number.POSITIVE_INFINITY;
      },
    );
    return c;
  }

  #name(c: Connection, host: string, port: number): void {
    const name = hostPort(host, port);
    if (this.#byName.get(name) === c) return;
    this.#byName.set(name, c);
    c.names.push(name);
  }

  /** Hands out whole messages, as long as the peer reads what they cause us to send. */
  #deliver(c: Connection): void {
    if (!c.open) return;
    const now = this.#now();
    const { channel } = c;
    const { socket } = channel;
    c.lastUse = now;
    c.askedAt = Number.POSITIVE_INFINITY;
    let whole = false;
    socket.cork();
    while (c.open && !socket.writableNeedDrain) {
      const text = channel.next();
      if (text === undefined) break;
      if (isFailure(text)) {
        this.#fault(c, text);
        break;
      }
      whole = true;
      // RFC 5626 4.4.1: a double CRLF between messages is a ping, a CRLF its pong.
      if (text === "") {
        this.#counts.keepAlives++;
        this.send(c, "\r\n");
        continue;
      }
      if (!c.spoke) this.#silent.delete(c);
      c.spoke = true;
      this.#handlers.onPacket(c, text);
    }
    socket.uncork();
    this.#handlers.onBatchEnd?.();
    this.#mindQueue(c);
    if (!channel.partial) c.halfSince = Number.POSITIVE_INFINITY;
    else if (whole || c.halfSince === Number.POSITIVE_INFINITY) c.halfSince = now;
  }

  #fault(c: Connection, failure: Failure): void {
    if (failure === TLS_ON_PLAIN) this.#count("tlsOnPlain", c.host, "");
    this.#handlers.onFault(c, failure);
    this.#finish(c, "framing");
  }

  send(flow: Flow, text: string): boolean {
    const c = flow as Connection;
    if (!c.open) return false;
    const { socket } = c.channel;
    if (socket.writableLength + text.length > this.#limits.sendQueue) {
      this.#gone(c, "sendQueue");
      return false;
    }
    c.lastUse = this.#now();
    c.channel.write(text);
    if (socket.writableCorked === 0) this.#mindQueue(c);
    return true;
  }

  /** Who does not read is not read from: its requests wait in its own memory. */
  #mindQueue(c: Connection): void {
    if (!c.channel.socket.writableNeedDrain || c.opening || c.isStalled) return;
    c.stalledSince = this.#now();
    c.channel.pause();
  }

  #drained(c: Connection): void {
    if (!c.isStalled || !c.open) return;
    c.stalledSince = Number.POSITIVE_INFINITY;
    // What waited on our side has taken no time of its own.
    c.halfSince = Number.POSITIVE_INFINITY;
    this.#deliver(c);
    if (!c.isStalled) c.channel.resume();
  }

  flowTo(host: string, port: number): Flow | undefined {
    const c = this.#byName.get(hostPort(canonicalIp(host) ?? host, port));
    return c?.open ? c : this.connect(host, port);
  }

  addAlias(flow: Flow, host: string, port: number): boolean {
    // RFC 5923 8.2: who may claim any name would receive the calls of others. Its own address it has proved.
    if (!flow.open || canonicalIp(host) !== flow.host) return false;
    const c = flow as Connection;
    if (c.names.length >= 4) return false;
    // Behind one NAT there are many: nobody takes over the port that another is connected from.
    const other = this.#byName.get(hostPort(flow.host, port));
    if (other !== undefined && other !== c && other.open && other.seat !== undefined && other.port === port)
      return false;
    this.#name(c, flow.host, port);
    return true;
  }

  hold(flow: Flow, held: boolean): void {
    const c = flow as Connection;
    c.held = held;
    if (c.seat !== undefined) this.#sources.hold(c.seat, held);
  }

  flowById(id: number): Flow | undefined {
    return this.#byId.get(id);
  }

  drop(flow: Flow): void {
    this.#finish(flow as Connection, "host");
  }

  /** Ends a connection in order: what is queued still leaves, for a moment. */
  #finish(c: Connection, reason: CloseReason): void {
    if (!c.open) return;
    c.channel.end();
    setTimeout(() => c.channel.socket.destroy(), GOODBYE_MS).unref();
    this.#forget(c, reason);
  }

  #gone(c: Connection, reason: CloseReason): void {
    c.channel.socket.destroy();
    this.#forget(c, reason);
  }

  #forget(c: Connection, reason: CloseReason): void {
    if (!c.open) return;
    c.open = false;
    this.#silent.delete(c);
    this.#closed[reason]++;
    this.#byId.delete(c.id);
    for (const name of c.names) if (this.#byName.get(name) === c) this.#byName.delete(name);
    this.#handlers.onClosed(c, reason);
  }

  #sweep(): void {
    const now = this.#now();
    for (const c of this.#byId.values()) {
      const reason = overdue(c, this.#limits, now);
      if (reason) this.#gone(c, reason);
      else this.#askForLife(c, now);
    }
    for (const socket of this.#handshakes.takeOverdue(now - this.#limits.handshake)) this.#tooLate(socket, TOO_SLOW);
  }

  #askForLife(c: Connection, now: number): void {
    if (c.channel.ping === undefined || c.askedAt !== Number.POSITIVE_INFINITY) return;
    if (now - Math.max(c.lastUse, c.heardAt) < this.#limits.webPing) return;
    c.askedAt = now;
    c.channel.ping();
  }

  renew(credentials: TlsCredentials): void {
    this.#kind.renew?.(credentials);
  }

  stats(): StreamStats {
    return {
      connections: this.#byId.size,
      handshakes: this.#handshakes.size,
      ...this.#counts,
      doors: { ...this.#doors },
      closed: { ...this.#closed },
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    const done = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#handshakes.close();
    for (const c of [...this.#byId.values()]) this.#gone(c, "shutdown");
    await done;
  }
}

function ignore(): void {}
