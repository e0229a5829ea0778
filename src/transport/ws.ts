import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer } from "ws";
import { LIMITS, type PeerCertificate } from "../base/index.ts";
import type { TlsCredentials } from "./credentials.ts";
import type { OpenFault } from "./fault.ts";
import { isOriginAllowed } from "./origin.ts";
import type { Door, Kind, StreamHandlers, StreamOptions, StreamTransport } from "./stream.ts";
import { openStreams } from "./streams.ts";
import { TlsGate } from "./tls.ts";
import { WebChannel } from "./web-channel.ts";

export interface WebOptions extends StreamOptions {
  /** See `isOriginAllowed`. */
  readonly origins: readonly string[];
  /** None: plain "ws", for a proxy of the site that ends TLS. */
  readonly credentials: TlsCredentials | undefined;
}

/** Bytes of a request's header lines; browsers with many cookies send some thousand. */
const HEADER_BYTES = 16_384;
/** Fragments of one message, and TCP segments that half a frame may have come in. */
const PIECES = 1_024;
const NO_WEBSOCKET = "this port speaks SIP over WebSocket (RFC 7118), subprotocol sip\n";

/** SIP over WebSocket (RFC 7118), with TLS or without. It is only ever opened by the other side. */
export function openWeb(o: WebOptions, handlers: StreamHandlers): Promise<StreamTransport | OpenFault> {
  const transport = o.credentials === undefined ? "ws" : "wss";
  return openStreams(o, transport, handlers, (door): Kind => {
    const certificates = new WeakMap<Socket, PeerCertificate>();
    const http = webServer(o.origins, door, certificates);
    const connect = (): undefined => undefined;
    if (o.credentials === undefined) {
      return { transport, accept: (socket) => void http.emit("connection", socket), connect };
    }
    const gate = new TlsGate(o.credentials, door, (socket, certificate) => {
      if (certificate !== undefined) certificates.set(socket, certificate);
      http.emit("connection", socket);
    });
    return {
      transport,
      accept: (socket) => gate.accept(socket),
      connect,
      renew: (next) => gate.renew(next),
    };
  });
}

/** It does not listen: accepted sockets are handed to it, and what is no WebSocket for SIP ends here. Time is the door's to keep. */
function webServer(origins: readonly string[], door: Door, certificates: WeakMap<Socket, PeerCertificate>): Server {
  const http = createServer({ maxHeaderSize: HEADER_BYTES, headersTimeout: 0, requestTimeout: 0 });
  const web = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression would let a few bytes of a stranger become many of ours.
    perMessageDeflate: false,
    maxPayload: LIMITS.message,
    // Each piece costs more than its bytes: 64 KiB in pieces of one byte would be ten million of ours.
    maxFragments: PIECES,
    maxBufferedChunks: PIECES,
    handleProtocols: () => "sip",
  });
  web.on("wsClientError", (error, socket) => {
    door.refuse(socket as Socket, "notWebSocket", error.message, answer(400, "Bad Request", `${error.message}\n`));
  });
  http.on("upgrade", (request, stream, head) => {
    const socket = stream as Socket;
    const { origin } = request.headers;
    if (!isOriginAllowed(origin, origins)) {
      const goodbye = answer(403, "Forbidden", "pages of this origin may not use this server\n");
      door.refuse(socket, "foreignOrigin", (origin ?? "").slice(0, 128), goodbye);
    } else if (!asksForSip(request)) {
      door.refuse(socket, "notWebSocket", "no subprotocol sip", answer(400, "Bad Request", NO_WEBSOCKET));
    } else {
      web.handleUpgrade(request, socket, head, (ws) => {
        // Who is not let in any more (it has hung up by now) may still have sent what is no frame: nobody else would listen.
        ws.on("error", () => {});
        door.adopt(new WebChannel(ws, socket), certificates.get(socket));
      });
    }
  });
  http.on("request", (request) => {
    const goodbye = answer(426, "Upgrade Required", NO_WEBSOCKET, "Upgrade: websocket\r\n");
    door.refuse(request.socket, "notWebSocket", "HTTP without upgrade", goodbye);
  });
  http.on("clientError", (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, stream) => {
    // Who hangs up is counted by the door.
    if (error.code === "ECONNRESET" || error.code === "EPIPE") stream.destroy();
    else if (error.rawPacket?.[0] === 0x16) door.refuse(stream as Socket, "tlsOnPlain", "");
    else door.refuse(stream as Socket, "notWebSocket", String(error.code));
  });
  return http;
}

/** RFC 7118 4.1: the subprotocol must be offered. */
function asksForSip(request: IncomingMessage): boolean {
  const offered = request.headers["sec-websocket-protocol"] ?? "";
  return offered.split(",").some((name) => name.trim().toLowerCase() === "sip");
}

function answer(status: number, reason: string, text: string, headers = ""): string {
  const head = `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\n${headers}`;
  return `${head}Content-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}
