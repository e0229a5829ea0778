import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { md5 } from "./strangers.ts";

const REGREQ = 0x0d;
const REGAUTH = 0x0e;
const NEW = 0x01;
const ACK = 0x04;
const USERNAME = 0x06;
const CHALLENGE = 0x0f;
const MD5_RESULT = 0x10;
const CALLED_NUMBER = 0x01;
const VERSION = 0x0b;
const REFRESH = 0x13;
/** Full frame of IAX2: type 6 is IAX itself (RFC 5456 8.1.1). */
const IAX_FRAME = 6;

function element(id: number, value: string | Buffer): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : value;
  return Buffer.concat([Buffer.from([id, bytes.length]), bytes]);
}

function frame(
  from: number,
  to: number,
  out: number,
  next: number,
  subclass: number,
  elements: readonly Buffer[],
): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0x8000 | from, 0);
  head.writeUInt16BE(to, 2);
  head.writeUInt32BE(out * 20, 4);
  head[8] = out;
  head[9] = next;
  head[10] = IAX_FRAME;
  head[11] = subclass;
  return Buffer.concat([head, ...elements]);
}

function elementOf(packet: Buffer, id: number): string | undefined {
  for (let at = 12; at + 2 <= packet.length; at += 2 + packet[at + 1]) {
    if (packet[at] === id) return packet.toString("latin1", at + 2, at + 2 + packet[at + 1]);
  }
  return undefined;
}

/** Registers over IAX2 with a password, or calls without one; takes a second. */
export async function iax(
  local: string,
  port: number,
  o: { user: string; password: string; call?: string },
): Promise<void> {
  const socket = createSocket("udp4").bind(0, local);
  await once(socket, "listening");
  const me = 0x123;
  socket.on("message", (packet) => {
    if (packet.length < 12 || packet[10] !== IAX_FRAME) return;
    const peer = packet.readUInt16BE(0) & 0x7fff;
    const challenge = elementOf(packet, CHALLENGE);
    if (packet[11] === REGAUTH && challenge !== undefined) {
      const result = [
        element(USERNAME, o.user),
        element(MD5_RESULT, md5(challenge + o.password)),
        element(REFRESH, Buffer.from([0, 60])),
      ];
      socket.send(frame(me, peer, 1, packet[8] + 1, REGREQ, result), port, "127.0.0.1");
    } else if (packet[11] !== ACK) socket.send(frame(me, peer, packet[9], packet[8] + 1, ACK, []), port, "127.0.0.1");
  });
  const first =
    o.call === undefined
      ? frame(me, 0, 0, 0, REGREQ, [element(USERNAME, o.user), element(REFRESH, Buffer.from([0, 60]))])
      : frame(me, 0, 0, 0, NEW, [
          element(VERSION, Buffer.from([0, 2])),
          element(CALLED_NUMBER, o.call),
          element(USERNAME, o.user),
        ]);
  socket.send(first, port, "127.0.0.1");
  await setTimeout(1_000);
  socket.close();
}
