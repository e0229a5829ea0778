import { constants } from "node:crypto";
import { BlockList, type Socket } from "node:net";
import {
  connect,
  createSecureContext,
  createServer,
  type SecureContext,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from "node:tls";
import { type PeerCertificate, pemBlocks } from "../base/index.ts";
import { StreamChannel } from "./channel.ts";
import {
  type CertificateAndKey,
  certificateFor,
  certificateNames,
  type TlsCredentials,
  type TlsPeer,
} from "./credentials.ts";
import type { OpenFault } from "./fault.ts";
import { endsOf } from "./handshakes.ts";
import type { Dialled, Door, Kind, StreamHandlers, StreamOptions, StreamTransport } from "./stream.ts";
import { openStreams } from "./streams.ts";

/** Seconds for which a session may be taken up again without a new exchange of keys; the keys of tickets change later than that. */
const SESSION_SECONDS = 3_600;
/** What OpenSSL says when the first bytes are no TLS record. */
const NOT_TLS = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_HTTP_REQUEST", "ERR_SSL_HTTPS_PROXY_REQUEST"]);

/** SIP over TLS: messages framed as over TCP, once the handshake is done. */
export function openTls(
  o: StreamOptions,
  credentials: TlsCredentials,
  handlers: StreamHandlers,
): Promise<StreamTransport | OpenFault> {
  return openStreams(o, "tls", handlers, (door): Kind => {
    const gate = new TlsGate(credentials, door, (socket, certificate) =>
      door.adopt(new StreamChannel(socket), certificate),
    );
    return {
      transport: "tls",
      accept: (socket) => gate.accept(socket),
      connect: (host, port, from) => gate.connect(host, port, from),
      renew: (next) => gate.renew(next),
    };
  });
}

/** A peer's rules and the server that keeps them. */
interface Guard {
  readonly peer: TlsPeer | undefined;
  readonly addresses: BlockList;
  readonly server: Server;
  /** By certificate, in the order of the credentials. */
  contexts: readonly { readonly names: readonly string[]; readonly context: SecureContext }[];
}

/**
 * The TLS side of a listener: one server for everybody, and one for each peer with rules of its own, since what a server asks
 * for in a handshake is the same for all who come to it. None of them listens; accepted sockets are handed to them.
 */
export class TlsGate {
  readonly #door: Door;
  readonly #onSecure: (socket: TLSSocket, certificate: PeerCertificate | undefined) => void;
  readonly #guards: readonly Guard[];

  constructor(
    credentials: TlsCredentials,
    door: Door,
    onSecure: (socket: TLSSocket, certificate: PeerCertificate | undefined) => void,
  ) {
    this.#door = door;
    this.#onSecure = onSecure;
    this.#guards = [...credentials.peers, undefined].map((peer) => this.#guard(peer));
    this.renew(credentials);
  }

  /** Connections that stand keep what they have; from now on handshakes get the new. */
  renew(credentials: TlsCredentials): void {
    const { certificates, ticketKeys } = credentials;
    for (const guard of this.#guards) {
      const peer = credentials.peers.find((p) => p.name === guard.peer?.name) ?? guard.peer;
      const common = contextOptions(credentials, certificates[0], peer);
      const keys = peer === undefined ? { ticketKeys: Buffer.from(ticketKeys), sessionTimeout: SESSION_SECONDS } : {};
      guard.server.setSecureContext({ ...common, ...keys });
      guard.contexts = certificates.map((c) => ({
        names: c.names,
        context: createSecureContext(contextOptions(credentials, c, peer)),
      }));
    }
  }

  accept(socket: Socket): void {
    this.#guardOf(endsOf(socket)?.host ?? "").server.emit("connection", socket);
  }

  /** RFC 3261 26.3.1 asks for mutual authentication between servers: with a CA of its own a peer must be vouched for by that. */
  connect(host: string, port: number, from: { localAddress?: string }): Dialled {
    const { peer, contexts } = this.#guardOf(host);
    const socket = connect({
      host,
      port,
      ...from,
      secureContext: contexts[0].context,
      rejectUnauthorized: peer !== undefined && peer.ca !== "",
      // We dial addresses; a CA of the peer's own signs for nobody else.
      checkServerIdentity: () => undefined,
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    return { channel: new StreamChannel(socket), event: "secureConnect" };
  }

  #guardOf(address: string): Guard {
    const family = address.includes(":") ? "ipv6" : "ipv4";
    const own = this.#guards.find((g) => g.peer !== undefined && g.addresses.check(address, family));
    return own ?? this.#guards[this.#guards.length - 1];
  }

  #guard(peer: TlsPeer | undefined): Guard {
    const asks = peer !== undefined && peer.ask !== "none";
    const server = createServer({
      requestCert: asks,
      // We judge it ourselves, so that the log can say what was wrong.
      rejectUnauthorized: false,
      SNICallback: (name, done) => done(null, this.#named(guard, name)),
    });
    const guard: Guard = { peer, addresses: blockList(peer?.addresses ?? []), server, contexts: [] };
    server.on("secureConnection", (socket) => this.#secured(socket, asks ? peer : undefined));
    server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
      socket.destroy();
      // Who hangs up in the middle is counted by the door.
      if (error.code === "ECONNRESET" || error.code === "EPIPE") return;
      const what = NOT_TLS.has(String(error.code)) ? "plainOnTls" : "handshakeFailed";
      this.#door.refuse(socket, what, String(error.code).replace("ERR_SSL_", ""));
    });
    return guard;
  }

  /** RFC 6066 3: a phone may be told another name of this server than its domain, so a foreign name is noted and not refused. */
  #named(guard: Guard, name: string): SecureContext {
    const found = certificateFor(guard.contexts, name);
    if (found === undefined) this.#door.count("foreignName", "", name.slice(0, 64));
    return (found ?? guard.contexts[0]).context;
  }

  #secured(socket: TLSSocket, peer: TlsPeer | undefined): void {
    if (peer === undefined) {
      this.#onSecure(socket, undefined);
      return;
    }
    const shown = socket.getPeerX509Certificate();
    if (shown === undefined && peer.ask === "want") {
      this.#onSecure(socket, undefined);
      return;
    }
    if (shown === undefined || !socket.authorized) {
      const why = shown === undefined ? "none was shown" : String(socket.authorizationError);
      this.#door.refuse(socket, "badCertificate", `${peer.name}: ${why}`);
      return;
    }
    const names = certificateNames(shown.subject, shown.subjectAltName);
    this.#onSecure(socket, { peer: peer.name, names, matchFrom: peer.matchFrom });
  }
}

function contextOptions(
  { minVersion }: TlsCredentials,
  { cert, key }: CertificateAndKey,
  peer: TlsPeer | undefined,
): SecureContextOptions {
  const ca = peer === undefined || peer.ca === "" ? {} : { ca: peer.ca };
  const crl = peer === undefined || peer.crl === "" ? {} : { crl: pemBlocks(peer.crl) };
  // A ticket would carry an old verdict over an expiry or a new CRL: who is asked for a certificate shows it each time.
  const noTickets = peer === undefined || peer.ask === "none" ? 0 : constants.SSL_OP_NO_TICKET;
  // RFC 5246 7.2.2: a second handshake costs us as much as a first, and would come past every cap and every look at a certificate.
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION | noTickets;
  return { cert, key, minVersion, ...ca, ...crl, secureOptions };
}

function blockList(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const each of addresses) {
    const [address, bits] = each.split("/");
    const family = address.includes(":") ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
