import type { Wishes } from "./client.ts";

/** Something that is done again and again, and counted. */
export interface Row extends Wishes {
  readonly name: string;
  readonly title: string;
  /** Per second on one core, where the project has promised so much. */
  readonly least?: number;
}

/** As many at once as in the tables of UDP. */
const inflight = 64;

export const ROWS: readonly Row[] = [
  { name: "full-1.3", title: "new, TLS 1.3", mode: "new", over: "tls", version: "1.3", inflight, least: 400 },
  { name: "full-1.2", title: "new, TLS 1.2", mode: "new", over: "tls", version: "1.2", inflight, least: 400 },
  { name: "resumed-1.3", title: "resumed, TLS 1.3", mode: "resumed", over: "tls", version: "1.3", inflight },
  {
    name: "resumed-1.2",
    title: "resumed, TLS 1.2",
    mode: "resumed",
    over: "tls",
    version: "1.2",
    inflight,
    least: 2_000,
  },
  { name: "wss", title: "new, WebSocket over TLS 1.3", mode: "new", over: "wss", version: "1.3", inflight },
  { name: "options-tcp", title: "OPTIONS over open TCP", mode: "keep", over: "tcp", inflight },
  { name: "options-tls", title: "OPTIONS over open TLS", mode: "keep", over: "tls", inflight },
  { name: "options-wss", title: "OPTIONS over open WSS", mode: "keep", over: "wss", inflight },
];

/** Connections that stand and say nothing. */
export interface IdleRow {
  readonly name: string;
  readonly title: string;
  readonly over: Wishes["over"];
  readonly postQuantum: boolean;
  /** MiB of the server with all of them, where the project has promised so: 600 MB. */
  readonly most?: number;
}

export const IDLE_ROWS: readonly IdleRow[] = [
  { name: "idle-tcp", title: "TCP", over: "tcp", postQuantum: false },
  { name: "idle-tls", title: "TLS", over: "tls", postQuantum: false, most: 572 },
  { name: "idle-tls-pq", title: "TLS, post-quantum offered", over: "tls", postQuantum: true },
  { name: "idle-wss", title: "WSS", over: "wss", postQuantum: false },
];
