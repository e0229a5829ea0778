import type { TlsCredentials } from "./credentials.ts";
import type { OpenFault } from "./fault.ts";
import type { StreamHandlers, StreamOptions, StreamTransport } from "./stream.ts";
import type { WebOptions } from "./ws.ts";

/*
 * What many sites do not use is loaded by those that do: Node's http and the WebSocket library take 10 MiB, TLS 5.
 */

/** SIP over TLS: messages framed as over TCP, once the handshake is done. */
export async function openTls(
  o: StreamOptions,
  credentials: TlsCredentials,
  handlers: StreamHandlers,
): Promise<StreamTransport | OpenFault> {
  const tls = await import("./tls.ts");
  return tls.openTls(o, credentials, handlers);
}

/** SIP over WebSocket (RFC 7118), with TLS or without. It is only ever opened by the other side. */
export async function openWeb(o: WebOptions, handlers: StreamHandlers): Promise<StreamTransport | OpenFault> {
  const ws = await import("./ws.ts");
  return ws.openWeb(o, handlers);
}
