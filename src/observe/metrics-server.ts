import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Cidr, hostPort, inCidr, parseIp, type Trouble, trouble } from "../base/index.ts";

/** Connections at once; Prometheus needs one. */
const CONNECTIONS = 16;
/** Bytes of a request's headers. */
const HEADERS = 4_096;
/** Milliseconds for a request, and for a connection that says nothing. */
const PATIENCE = 5_000;

export interface MetricsServer {
  /** "address:port" that it listens at. */
  readonly at: string;
  close(): void;
}

export interface MetricsOptions {
  readonly address: string;
  readonly port: number;
  /** Who may read; empty: whoever can reach it. */
  readonly allow: readonly Cidr[];
  readonly text: () => Promise<string>;
}

/** Serves `GET /metrics` over HTTP and nothing else. METRICS_LISTEN when it cannot. */
export async function openMetricsServer(o: MetricsOptions): Promise<MetricsServer | Trouble> {
  const text = oneAtATime(o.text);
  const server = createServer({ maxHeaderSize: HEADERS, connectionsCheckingInterval: 1_000 }, (request, response) => {
    answer(request, response, o.allow, text);
  });
  server.maxConnections = CONNECTIONS;
  server.headersTimeout = PATIENCE;
  server.requestTimeout = PATIENCE;
  server.keepAliveTimeout = PATIENCE;
  server.setTimeout(PATIENCE, (socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(o.port, o.address, resolve);
    });
  } catch (error) {
    return notOpen(hostPort(o.address, o.port), (error as Error).message);
  }
  server.on("error", () => {});
  const { address, port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { at: hostPort(address, port), close };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  allow: readonly Cidr[],
  text: () => Promise<string>,
): void {
  const say = (status: number, body: string, type = "text/plain; charset=utf-8"): void => {
    response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
    response.end(request.method === "HEAD" ? "" : body);
  };
  // Nobody has anything to send us: a body ends the connection.
  if (request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined)
    response.setHeader("connection", "close");
  if (!isAllowed(request.socket.remoteAddress ?? "", allow)) say(403, "not for this address\n");
  else if (request.url?.split("?")[0] !== "/metrics") say(404, "only /metrics is here\n");
  else if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    say(405, "only GET and HEAD\n");
  } else
    text().then(
      (body) => say(200, body, "text/plain; version=0.0.4; charset=utf-8"),
      () => say(503, "no figures now\n"),
    );
}

function isAllowed(host: string, allow: readonly Cidr[]): boolean {
  if (allow.length === 0) return true;
  const ip = parseIp(host.startsWith("::ffff:") ? host.slice("::ffff:".length) : host);
  return ip !== undefined && allow.some((block) => inCidr(block, ip));
}

/** Several who ask at once get the same figures: they cost as much as for one. */
function oneAtATime(text: () => Promise<string>): () => Promise<string> {
  let running: Promise<string> | undefined;
  return () => {
    running ??= text().finally(() => {
      running = undefined;
    });
    return running;
  };
}

function notOpen(at: string, why: string): Trouble {
  const next = "see what holds the port with `ss -lntp`, or change [metrics] listen";
  return trouble("METRICS_LISTEN", `${at} cannot be opened for metrics: ${why}`, "nothing was started", next);
}
