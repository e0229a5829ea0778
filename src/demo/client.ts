import { H, type Message } from "../sip/index.ts";
import type { Wire } from "./wire.ts";

/** Requests that are under way: they are retransmitted over UDP, and their responses find their way back. */
export interface Clients {
  /**
   * Sends a request and hands every response to `onResponse`, provisional ones and repeated ones too; `onTimeout` after
   * 64 T1 without a final one. `branch` is the one in its top Via.
   */
  start(text: string, branch: string, onResponse: (m: Message) => void, onTimeout: () => void): void;
  /** A response from the wire; false when no request waits for it. */
  take(m: Message): boolean;
  close(): void;
}

interface Pending {
  readonly method: string;
  readonly onResponse: (m: Message) => void;
  again: NodeJS.Timeout | undefined;
  limit: NodeJS.Timeout | undefined;
}

const T2 = 4000;

/** The client transactions of one phone (RFC 3261 17.1), in short: timers A, B, E and F; states end with the phone. */
export function newClients(wire: Wire): Clients {
  const pending = new Map<string, Pending>();
  return {
    start(text, branch, onResponse, onTimeout) {
      const method = text.slice(0, text.indexOf(" "));
      const p: Pending = { method, onResponse, again: undefined, limit: undefined };
      pending.set(`${branch} ${method}`, p);
      const send = (wait: number): void => {
        wire.send(text);
        if (wire.transport === "udp") p.again = setTimeout(() => send(nextWait(method, wait)), wait);
      };
      send(wire.t1);
      p.limit = setTimeout(() => {
        stop(p);
        onTimeout();
      }, 64 * wire.t1);
    },
    take(m) {
      const cseq = m.need(H.cseq);
      const p = pending.get(`${m.need(H.via).branch} ${cseq.method}`);
      if (p === undefined) return false;
      // RFC 3261 17.1.1.2: a provisional response ends the retransmissions of an INVITE, not those of other requests.
      if (m.status >= 200 || p.method === "INVITE") stop(p);
      p.onResponse(m);
      return true;
    },
    close() {
      for (const p of pending.values()) stop(p);
      pending.clear();
    },
  };
}

/** RFC 3261 17.1.1.2: timer A doubles for ever; 17.1.2.2: timer E doubles up to T2. */
function nextWait(method: string, wait: number): number {
  return method === "INVITE" ? 2 * wait : Math.min(2 * wait, T2);
}

function stop(p: Pending): void {
  clearTimeout(p.again);
  clearTimeout(p.limit);
}
