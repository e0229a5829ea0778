import { connect, createServer, type Server, type Socket } from "node:net";
import { canonicalIp, type Failure, type Flow, hostPort, isFailure, LIMITS, type Listener } from "../base/index.ts";
import { type CloseReason, Connection, overdue, type TcpLimits } from "./connection.ts";
import { type OpenFault, openFault } from "./fault.ts";
import { isWildcard, sentByFor } from "./local.ts";
import { Sources, sourceOf } from "./sources.ts";
import type { OnPacket } from "./udp.ts";

export interface TcpOptions {
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly index: number;
  readonly advertise: string;
  readonly side: "public" | "private";
  /** An IPv6 wildcard takes IPv4 too; such peers show as IPv4. */
  readonly dualStack?: boolean;
  /** Instead of LIMITS, for tests and special sites. */
  readonly limits?: Partial<TcpLimits>;
  /** Milliseconds that never go back; default performance.now. */
  readonly now?: () => number;
}

export interface TcpHandlers {
  readonly onPacket: OnPacket;
  /** The flow is gone, whoever ended it; nothing more comes or goes on it. Not called before connect() has returned. */
  readonly onClosed: (flow: Flow, reason: CloseReason) => void;
  /** The stream cannot be cut into messages. A reply sent in here still leaves, then the connection is closed. */
  readonly onFault: (flow: Flow, failure: Failure) => void;
}

export interface TcpStats {
  readonly connections: number;
  readonly accepted: number;
  readonly connected: number;
  /** Refused at the door: too many in all or from one source. */
  readonly refused: number;
  readonly keepAlives: number;
  /** Ended by us, by reason. */
  readonly closed: Readonly<Record<CloseReason, number>>;
}

export interface TcpTransport {
  readonly listener: Listener;
  /** A new connection; what is sent before it stands is queued. That it failed is told by onClosed. */
  connect(host: string, port: number): Flow;
  /** The way to an address: an open connection from there, one with that alias, one we opened, else a new one. */
  flowTo(host: string, port: number): Flow;
  /** RFC 5923: flowTo(host, port) shall use this flow. False, and nothing done, unless `host` is the flow's own. */
  addAlias(flow: Flow, host: string, port: number): boolean;
  /** Queues a message. False when the flow is gone, or is closed now since its peer does not read. */
  send(flow: Flow, text: string): boolean;
  /** While held (a binding lives on it) a flow is not closed for being idle. */
  hold(flow: Flow, held: boolean): void;
  flowById(id: number): Flow | undefined;
  /** Ends one connection after what is queued. */
  drop(flow: Flow): void;
  stats(): TcpStats;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}

/** Listens on one address and connects from there. Faults are values: port in use, no such address, not permitted. */
export async function openTcp(o: TcpOptions, handlers: TcpHandlers): Promise<TcpTransport | OpenFault> {
  const address = canonicalIp(o.address);
  if (address === undefined) return { code: "EINVAL", message: `tcp ${o.address} is not an address to listen on` };
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
  const fault = await listen(server, address, o);
  if (fault) return fault;
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : o.port;
  const { family, index, advertise, side } = o;
  const listener: Listener = { index, transport: "tcp", family, address, port, advertise, side };
  return new Tcp(server, listener, handlers, { ...LIMITS, ...o.limits }, o.now ?? (() => performance.now()));
}

function listen(server: Server, host: string, o: TcpOptions): Promise<OpenFault | undefined> {
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(openFault(`tcp ${hostPort(host, o.port)}`, error)));
    server.listen({ host, port: o.port, ipv6Only: !o.dualStack, backlog: 1_024 }, () => {
      server.removeAllListeners("error");
      resolve(undefined);
    });
  });
}

/** How long a last message may take to leave. */
const GOODBYE_MS = 1_000;

class Tcp implements TcpTransport {
  readonly listener: Listener;
  readonly #server: Server;
  readonly #handlers: TcpHandlers;
  readonly #limits: TcpLimits;
  readonly #now: () => number;
  readonly #byId = new Map<number, Connection>();
  /** "host:port" -> the connection that reaches it, the newest first to be asked. */
  readonly #byName = new Map<string, Connection>();
  readonly #sources = new Sources();
  readonly #sweeper: NodeJS.Timeout;
  readonly #counts = { accepted: 0, connected: 0, refused: 0, keepAlives: 0 };
  readonly #closed: Record<CloseReason, number> = {
    peer: 0,
    error: 0,
    connect: 0,
    halfMessage: 0,
    idle: 0,
    stall: 0,
    sendQueue: 0,
    framing: 0,
    shutdown: 0,
    host: 0,
  };

  constructor(server: Server, listener: Listener, handlers: TcpHandlers, limits: TcpLimits, now: () => number) {
    this.#server = server;
    this.listener = listener;
    this.#handlers = handlers;
    this.#limits = limits;
    this.#now = now;
    server.on("connection", (socket) => this.#accept(socket));
    server.on("error", () => this.#counts.refused++);
    const period = Math.min(limits.halfMessage, limits.idle, limits.connect, limits.stall) / 8;
    this.#sweeper = setInterval(() => this.#sweep(), Math.max(10, Math.min(500, period)));
    this.#sweeper.unref();
  }

  #accept(socket: Socket): void {
    const host = canonicalIp(withoutZone(socket.remoteAddress ?? ""));
    const port = socket.remotePort;
    // It may have hung up before we looked.
    if (host === undefined || port === undefined) {
      socket.destroy();
      return;
    }
    const source = sourceOf(host);
    const full = this.#byId.size >= this.#limits.connections;
    if (full || this.#sources.count(source) >= this.#limits.connectionsPerSource) {
      this.#counts.refused++;
      socket.on("error", ignore);
      socket.resetAndDestroy();
      return;
    }
    this.#counts.accepted++;
    this.#sources.add(source);
    const local = canonicalIp(withoutZone(socket.localAddress ?? "")) ?? "";
    const sentBy = sentByFor(this.listener, host, local);
    this.#adopt(socket, { listener: this.listener, host, port, sentBy, source, opening: false });
  }

  connect(host: string, port: number): Flow {
    const name = canonicalIp(host);
    if (name === undefined) throw new Error(`connect: ${host} is no address`);
    const from = isWildcard(this.listener.address) ? {} : { localAddress: this.listener.address };
    const socket = connect({
      host: name,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      ...from,
    });
    const sentBy = sentByFor(this.listener, name, "");
    const about = { listener: this.listener, host: name, port, sentBy, source: "", opening: true };
    const c = this.#adopt(socket, about);
    socket.once("connect", () => {
      c.opening = false;
      c.lastUse = this.#now();
      this.#counts.connected++;
    });
    // One more than allowed: it is taken back, and the host told so as with any that fails.
    if (this.#byId.size > this.#limits.connections) socket.destroy(new Error("too many connections"));
    return c;
  }

  #adopt(socket: Socket, about: ConstructorParameters<typeof Connection>[1]): Connection {
    const c = new Connection(socket, about, this.#now());
    this.#byId.set(c.id, c);
    this.#name(c, c.host, c.port);
    socket.on("data", (chunk) => this.#read(c, chunk));
    socket.on("drain", () => this.#drained(c));
    socket.on("error", () => this.#gone(c, c.opening ? "connect" : "error"));
    socket.on("close", () => this.#gone(c, "peer"));
    return c;
  }

  #name(c: Connection, host: string, port: number): void {
    const name = hostPort(host, port);
    if (this.#byName.get(name) === c) return;
    this.#byName.set(name, c);
    c.names.push(name);
  }

  #read(c: Connection, chunk: Buffer): void {
    if (!c.open) return;
    c.framer.push(chunk);
    this.#deliver(c);
  }

  /** Hands out whole messages, as long as the peer reads what they cause us to send. */
  #deliver(c: Connection): void {
    const now = this.#now();
    const socket = c.socket;
    c.lastUse = now;
    let whole = false;
    socket.cork();
    while (c.open && !socket.writableNeedDrain) {
      const text = c.framer.next();
      if (text === undefined) break;
      if (isFailure(text)) {
        this.#handlers.onFault(c, text);
        this.#finish(c, "framing");
        break;
      }
      whole = true;
      // RFC 5626 4.4.1: a double CRLF between messages is a ping, a CRLF its pong.
      if (text === "") {
        this.#counts.keepAlives++;
        this.send(c, "\r\n");
      } else this.#handlers.onPacket(c, text);
    }
    socket.uncork();
    this.#mindQueue(c);
    if (c.framer.pending === 0) c.halfSince = Number.POSITIVE_INFINITY;
    else if (whole || c.halfSince === Number.POSITIVE_INFINITY) c.halfSince = now;
  }

  send(flow: Flow, text: string): boolean {
    const c = flow as Connection;
    if (!c.open) return false;
    const socket = c.socket;
    if (socket.writableLength + text.length > this.#limits.sendQueue) {
      this.#gone(c, "sendQueue");
      return false;
    }
    c.lastUse = this.#now();
    socket.write(text, "latin1");
    if (socket.writableCorked === 0) this.#mindQueue(c);
    return true;
  }

  /** Who does not read is not read from: its requests wait in its own memory. */
  #mindQueue(c: Connection): void {
    if (!c.socket.writableNeedDrain || c.opening || c.isStalled) return;
    c.stalledSince = this.#now();
    c.socket.pause();
  }

  #drained(c: Connection): void {
    if (!c.isStalled || !c.open) return;
    c.stalledSince = Number.POSITIVE_INFINITY;
    // What waited on our side has taken no time of its own.
    c.halfSince = Number.POSITIVE_INFINITY;
    this.#deliver(c);
    if (!c.isStalled) c.socket.resume();
  }

  flowTo(host: string, port: number): Flow {
    const c = this.#byName.get(hostPort(canonicalIp(host) ?? host, port));
    return c?.open ? c : this.connect(host, port);
  }

  addAlias(flow: Flow, host: string, port: number): boolean {
    // RFC 5923 8.2: who may claim any name would receive the calls of others. Its own address it has proved.
    if (!flow.open || canonicalIp(host) !== flow.host) return false;
    const c = flow as Connection;
    if (c.names.length >= 4) return false;
    this.#name(c, flow.host, port);
    return true;
  }

  hold(flow: Flow, held: boolean): void {
    (flow as Connection).held = held;
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
    c.socket.end();
    setTimeout(() => c.socket.destroy(), GOODBYE_MS).unref();
    this.#forget(c, reason);
  }

  #gone(c: Connection, reason: CloseReason): void {
    c.socket.destroy();
    this.#forget(c, reason);
  }

  #forget(c: Connection, reason: CloseReason): void {
    if (!c.open) return;
    c.open = false;
    this.#closed[reason]++;
    this.#byId.delete(c.id);
    for (const name of c.names) if (this.#byName.get(name) === c) this.#byName.delete(name);
    if (c.source !== "") this.#sources.remove(c.source);
    this.#handlers.onClosed(c, reason);
  }

  #sweep(): void {
    const now = this.#now();
    for (const c of this.#byId.values()) {
      const reason = overdue(c, this.#limits, now);
      if (reason) this.#gone(c, reason);
    }
  }

  stats(): TcpStats {
    return { connections: this.#byId.size, ...this.#counts, closed: { ...this.#closed } };
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    const done = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const c of [...this.#byId.values()]) this.#gone(c, "shutdown");
    await done;
  }
}

function ignore(): void {}

function withoutZone(address: string): string {
  const percent = address.indexOf("%");
  return percent < 0 ? address : address.slice(0, percent);
}
