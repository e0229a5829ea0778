import type { Socket } from "node:net";
import { canonicalIp } from "../base/index.ts";
import type { Seat } from "./sources.ts";

/** Who is at the other end, and what tells the connection from all others of its listener. */
export interface Ends {
  readonly host: string;
  readonly port: number;
  /** Our address; "" when the system does not say. */
  readonly local: string;
  readonly key: string;
}

/** Undefined when the peer has hung up before we looked. */
export function endsOf(socket: Socket): Ends | undefined {
  const host = canonicalIp(withoutZone(socket.remoteAddress ?? ""));
  const port = socket.remotePort;
  if (host === undefined || port === undefined) return undefined;
  const local = canonicalIp(withoutZone(socket.localAddress ?? "")) ?? "";
  return { host, port, local, key: `${host} ${port} ${local}` };
}

function withoutZone(address: string): string {
  const percent = address.indexOf("%");
  return percent < 0 ? address : address.slice(0, percent);
}

/**
 * Sockets that were let in and have not shaken hands yet. They are known by their ends, since what comes out of a TLS handshake is
 * another object than what went in.
 */
export class Handshakes {
  readonly #begun = new Map<string, { readonly socket: Socket; readonly seat: Seat; readonly since: number }>();

  get size(): number {
    return this.#begun.size;
  }

  begin({ key }: Ends, socket: Socket, seat: Seat, now: number): void {
    // From the port of one whose end we have not seen yet: behind all others, since `takeOverdue` goes by their order.
    this.#begun.delete(key);
    this.#begun.set(key, { socket, seat, since: now });
  }

  /** It has shaken hands, or is gone: its place, undefined when it had before. */
  done(key: string): Seat | undefined {
    const begun = this.#begun.get(key);
    this.#begun.delete(key);
    return begun?.seat;
  }

  /** This very socket is gone: was it still shaking hands? Another from the same port is left alone. */
  gone(key: string, socket: Socket): boolean {
    return this.#begun.get(key)?.socket === socket && this.#begun.delete(key);
  }

  /** Those that have taken too long; forgotten with the answer. */
  takeOverdue(since: number): Socket[] {
    const late: Socket[] = [];
    for (const [key, each] of this.#begun) {
      // In the order they began.
      if (each.since > since) break;
      this.#begun.delete(key);
      late.push(each.socket);
    }
    return late;
  }

  /** The one that has taken longest; forgotten with the answer. */
  takeOldest(): Socket | undefined {
    for (const [key, { socket }] of this.#begun) {
      this.#begun.delete(key);
      return socket;
    }
    return undefined;
  }

  close(): void {
    for (const { socket } of this.#begun.values()) socket.destroy();
    this.#begun.clear();
  }
}
