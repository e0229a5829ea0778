import type { TestContext } from "node:test";
import { type Daemon, startDaemon } from "../../support/child.ts";
import { addUsers, listener, mustLoad, scratch, writeConfig } from "../../support/edge.ts";

/**
 * Debian 12's phones know MD5 alone and take nothing else beside it: SIPp 3.6.1 reads the first challenge only, and baresip
 * 1.0.0 gives up when any of them names SHA-256.
 */
export const MD5 = '[auth]\nalgorithms = ["MD5"]\n';

/** `bin/rempart run` on loopback with users whose password is PASSWORD. */
export interface PeerEdge {
  readonly folder: string;
  /** "127.0.0.1:port". */
  readonly udp: string;
  readonly tcp: string;
  readonly tls: string;
  /** Where a backend reaches it over UDP. */
  readonly inside: string;
  readonly daemon: Daemon;
}

/** Starts it on free ports with a state of its own; `more` is TOML after the listeners. */
export async function startPeerEdge(t: TestContext, users: readonly string[], more = ""): Promise<PeerEdge> {
  const folder = scratch(t);
  const listen = ["udp", "tcp", "tls", "wss"].map((transport) => listener(transport, "127.0.0.1:0")).join("");
  const file = writeConfig(folder, { listen: `${listen}${more}\n` });
  await addUsers(mustLoad(file), users);
  const daemon = await startDaemon(t, file);
  const status = (await daemon.command("status")) as { listeners: { transport: string; port: number; side: string }[] };
  const at = (transport: string, side = "public"): string =>
    `127.0.0.1:${status.listeners.find((l) => l.transport === transport && l.side === side)?.port}`;
  return { folder, udp: at("udp"), tcp: at("tcp"), tls: at("tls"), inside: at("udp", "private"), daemon };
}
