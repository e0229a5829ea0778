import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { Failure, Flow } from "../base/index.ts";
import { type CloseReason, isOpenFault, openTcp, type StreamTransport } from "./index.ts";
import type { StreamOptions } from "./stream.ts";

/** A test that waits for what does not come ends. */
export const OPTIONS = { timeout: 20_000 };

export function message(body = "", method = "OPTIONS"): string {
  return `${method} sip:a@b SIP/2.0\r\nCall-ID: 1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** One that connects too, as TCP does. */
type Dialling = Omit<StreamTransport, "connect" | "flowTo"> & {
  connect(host: string, port: number): Flow;
  flowTo(host: string, port: number): Flow;
};

/** A transport and all that it told. */
export interface Bench {
  readonly tcp: Dialling;
  readonly packets: { flow: Flow; text: string }[];
  readonly closed: { flow: Flow; reason: CloseReason }[];
  readonly faults: { flow: Flow; failure: Failure }[];
  onPacket: (flow: Flow, text: string) => void;
}

/** Opens one on loopback, closed after the test. */
export async function open(t: TestContext, o: Partial<StreamOptions> = {}): Promise<Bench> {
  const address = o.address ?? "127.0.0.1";
  const family = address.includes(":") ? 6 : 4;
  const bench: Omit<Bench, "tcp"> = { packets: [], closed: [], faults: [], onPacket: () => {} };
  const tcp = await openTcp(
    { address, port: 0, family, index: 1, advertise: "", side: "public", ...o },
    {
      onPacket: (flow, text) => {
        bench.packets.push({ flow, text });
        bench.onPacket(flow, text);
      },
      onClosed: (flow, reason) => bench.closed.push({ flow, reason }),
      onFault: (flow, failure) => bench.faults.push({ flow, failure }),
    },
  );
  assert.ok(!isOpenFault(tcp), JSON.stringify(tcp));
  t.after(() => tcp.close());
  return Object.assign(bench, { tcp: tcp as Dialling });
}

/** A plain client that collects what it receives. */
export async function dial(
  t: TestContext,
  bench: Bench,
  o: { host?: string; localAddress?: string } = {},
): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: bench.tcp.listener.port, noDelay: true, ...o });
  socket.setEncoding("latin1");
  socket.on("error", () => {});
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** Text received so far and from now on. */
export function collect(socket: Socket): { text: string } {
  const box = { text: "" };
  socket.on("data", (chunk: string) => {
    box.text += chunk;
  });
  return box;
}

export async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise(setImmediate);
}
