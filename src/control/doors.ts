import type { FromEdge } from "../edge/index.ts";
import type { Logger } from "../observe/index.ts";

type Told = Extract<FromEdge, { kind: "door" }>;

/** What each kind is in words, for the log. */
const WORDS: Readonly<Record<Told["what"], string>> = {
  refused: "a connection was refused: there are too many",
  tlsOnPlain: "a peer speaks TLS to a port without TLS: it should use the TLS port, often 5061",
  plainOnTls: "a peer speaks something else than TLS to a TLS port",
  halfHandshake: "a connection never finished its handshake",
  handshakeFailed: "a TLS handshake failed: no version or cipher in common, or garbage",
  foreignName: "a peer asks by TLS for a name that no certificate is for, and was shown the first one",
  badCertificate: "a peer did not show the certificate that is asked of it, and was turned away",
  foreignOrigin:
    "a page of a foreign site may not open a WebSocket here: add its origin to [ws] origins if it is yours",
  notWebSocket: "a peer speaks HTTP, or something else, to a WebSocket port",
};

/** One line in the log; the signalling thread sees to it that there are few. */
export function logDoor(log: Logger, { what, host, detail, times }: Told): void {
  log.warn({ door: what, from: host, detail, times }, WORDS[what]);
}
