import { createServer } from "node:http";
import type { Socket } from "node:net";
import { hostPort, type Trouble, trouble } from "../../base/index.ts";

/** Answers the authority's question, as long as an order is under way. */
export interface Listener {
  close(): void;
}

const PREFIX = "/.well-known/acme-challenge/";
/** Connections at once: an authority asks from a handful of places. */
const CONNECTIONS = 64;
const REQUEST_MS = 5_000;

/** Opens the HTTP listener; `answers` holds what to say under which token, and anything else is 404. */
export function openListener(
  address: string,
  port: number,
  answers: ReadonlyMap<string, string>,
): Promise<Listener | Trouble> {
  const limits = { maxHeaderSize: 4_096, headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS };
  const server = createServer({ ...limits, connectionsCheckingInterval: 1_000 }, (request, response) => {
    // RFC 8555 8.3: GET of the token's path; the answer is the key authorization and nothing else.
    const path = request.url ?? "";
    const known = path.startsWith(PREFIX) ? answers.get(path.slice(PREFIX.length)) : undefined;
    const text = request.method === "GET" ? known : undefined;
    const type = { "Content-Type": "application/octet-stream", "Content-Length": Buffer.byteLength(text ?? "") };
    response.writeHead(text === undefined ? 404 : 200, { ...type, Connection: "close" }).end(text);
  });
  // The oldest gives way: strangers who hold connections open must not keep the authority out.
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    if (open.size > CONNECTIONS) open.values().next().value?.resetAndDestroy();
  });
  return new Promise((resolve) => {
    // Not once: a listener that runs out of files tells it here too, again and again.
    server.on("error", (error: NodeJS.ErrnoException) => resolve(unopened(address, port, error)));
    server.listen({ host: address, port }, () => {
      resolve({
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}

function unopened(address: string, port: number, error: NodeJS.ErrnoException): Trouble {
  const right = error.code === "EACCES" ? "give the daemon the right to ports below 1024, or " : "";
  return trouble(
    "ACME_LISTEN",
    `${hostPort(address, port)} cannot be opened for the authority's question (${error.code ?? error.message})`,
    "the certificate in use stays in use; calls go on",
    `${right}let the web server there pass /.well-known/acme-challenge/ to another \`tls.acme.listen\`, then \`bin/rempart tls renew\``,
  );
}
