import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { hostPort, LIMITS, parseIp } from "../base/index.ts";
import { type OpenFault, openFault } from "./fault.ts";
import {
  BATCH,
  type BatchSocket,
  FAMILY,
  FLAGS,
  LENGTH,
  OFFSET,
  PEER,
  PORT,
  ROW,
  type Slabs,
  type SocketOptions,
  type SocketStats,
  TRUNCATED,
} from "./socket.ts";
import { hostOf, putIp } from "./words.ts";

/**
 * node:dgram in the shape of the batch addon, where that is not built: batches of one, no local address (a wildcard
 * listener answers from wherever the kernel routes), no kernel drop counter, no DSCP, buffers only up to the system's limit.
 */
export function openDgram(
  address: string,
  options: SocketOptions,
  slabs: Slabs,
  onBatch: (n: number) => void,
): Promise<BatchSocket | OpenFault> {
  const v6 = address.includes(":");
  const socket = createSocket({
    type: v6 ? "udp6" : "udp4",
    ipv6Only: v6 && !options.dualStack,
    reusePort: options.reusePort ?? false,
    // Addresses only: no resolver on the way of a packet.
    lookup: (host, _, done) => done(null, host, host.includes(":") ? 6 : 4),
  });
  return new Promise((resolve) => {
    socket.once("error", (error) => resolve(openFault(`udp ${hostPort(address, options.port)}`, error)));
    socket.bind({ address, port: options.port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      setBuffers(socket, options);
      resolve(adapt(socket, slabs, onBatch));
    });
  });
}

function setBuffers(socket: Socket, options: SocketOptions): void {
  // libuv doubles nothing and the kernel caps silently; an error here costs speed only.
  try {
    if (options.recvBuffer) socket.setRecvBufferSize(options.recvBuffer);
    if (options.sendBuffer) socket.setSendBufferSize(options.sendBuffer);
  } catch {}
}

function adapt(socket: Socket, slabs: Slabs, onBatch: (n: number) => void): BatchSocket {
  const stats: SocketStats = {
    received: 0,
    sent: 0,
    dropped: 0,
    errors: 0,
    kernelDrops: -1,
    recvBuffer: socket.getRecvBufferSize(),
    sendBuffer: socket.getSendBufferSize(),
  };
  let closed: Promise<void> | undefined;
  const sent = (error: Error | null): void => {
    if (error) stats.errors++;
    else stats.sent++;
  };
  socket.on("error", () => {
    stats.errors++;
  });
  socket.on("message", (bytes, from) => {
    stats.received++;
    if (putDatagram(slabs, bytes, from)) onBatch(1);
  });
  return {
    kind: "dgram",
    port: socket.address().port,
    send: (n) => {
      if (closed !== undefined) return 0;
      // libuv queues without bound what the kernel does not take.
      if (socket.getSendQueueSize() < LIMITS.sendQueue) return sendRows(socket, slabs, n, sent);
      stats.dropped += n;
      return 0;
    },
    stats: () => ({ ...stats }),
    close: () => {
      closed ??= new Promise((resolve) => socket.close(() => resolve()));
      return closed;
    },
  };
}

/** Row 0 and slot 0 from one datagram. */
function putDatagram(slabs: Slabs, bytes: Buffer, from: RemoteInfo): boolean {
  const percent = from.address.indexOf("%");
  const ip = parseIp(percent < 0 ? from.address : from.address.slice(0, percent));
  if (!ip) return false;
  const meta = slabs.rxMeta;
  const slot = slabs.rx.length / BATCH;
  meta.fill(0, 0, ROW);
  meta[LENGTH] = bytes.copy(slabs.rx, 0, 0, slot);
  if (bytes.length > slot) meta[FLAGS] = TRUNCATED;
  meta[FAMILY] = ip.family;
  meta[PORT] = from.port;
  putIp(meta, PEER, ip);
  return true;
}

function sendRows(socket: Socket, slabs: Slabs, n: number, sent: (error: Error | null) => void): number {
  const meta = slabs.txMeta;
  const mapped = socket.address().family === "IPv6";
  for (let i = 0; i < n; i++) {
    const row = i * ROW;
    const port = meta[row + PORT];
    // node:dgram throws at these.
    if (port < 1 || port > 65_535) {
      sent(new Error("no such port"));
      continue;
    }
    const start = meta[row + OFFSET];
    const host = hostOf(meta, row + PEER, meta[row + FAMILY]);
    // A copy: the slab is written anew before a queued datagram leaves.
    const bytes = Buffer.from(slabs.tx.subarray(start, start + meta[row + LENGTH]));
    socket.send(bytes, port, mapped && meta[row + FAMILY] === 4 ? `::ffff:${host}` : host, sent);
  }
  return n;
}
