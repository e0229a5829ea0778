import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { hostPort } from "../../base/index.ts";
import type { Rule } from "../../findings/index.ts";
import type { Check } from "../check.ts";
import { type OwnCall, placeOwnCall } from "../own-call.ts";
import { pause } from "../pace.ts";
import { logStep, type Session } from "../session.ts";

const rule: Rule = {
  id: "rtp-bleed",
  severity: "high",
  title: "A stranger's packet makes it send the sound of a call to him",
  why: "RTPBleed: whoever sends to the ports of running calls hears them, and takes the sound away from who should have it.",
  fix: "Asterisk: strictrtp=yes in rtp.conf (and a version that has the fix); SRTP for phones that can.",
  see: ["strict-rtp-off", "rtp-bleed-version", "media-in-the-clear"],
};

/** Each port is asked as often: one packet may be lost, and some relays learn from several. */
const TRIES = 4;
/** Asterisk learns who sends for 5 s (strictrtp): the call is one that has settled, as those are that an attacker finds. */
const SETTLE = 6_000;

/** Packets without sound from an address that is in no call: nothing may come back. */
export const rtp: Check = {
  rules: [rule],
  sip: false,
  async run(s) {
    if (s.o.rtp !== undefined) await knock(s, s.o.target.address, s.o.rtp.from, s.o.rtp.to, "ports");
    if (s.ways.length > 0) await inOwnCall(s);
  },
};

/** Asks every even port for RTP and the odd one above for RTCP. */
async function knock(s: Session, host: string, from: number, to: number, key: string): Promise<boolean> {
  const socket = await openSocket(host);
  const heard = new Map<string, string>();
  socket.on("message", (bytes, { address, port }) => {
    if (heard.size < 100)
      heard.set(
        hostPort(address, port),
        `< ${bytes.length} bytes from ${hostPort(address, port)}, version ${bytes[0] >> 6}, type ${bytes[1] & 127}`,
      );
  });
  const first = from - (from % 2);
  for (let n = 0; n < TRIES; n++) {
    for (let port = first; port <= to; port += 2) {
      await send(s, socket, rtpPacket(n), host, port);
      if (n === 0) await send(s, socket, RTCP, host, port + 1);
    }
  }
  await pause(s.o.patience / 6, s.pace.signal);
  socket.close();
  if (heard.size === 0) return false;
  const says = `from ${heard.size === 1 ? "one port" : `${heard.size} ports`} came something back to packets without sound: ${[...heard.keys()].slice(0, 5).join(", ")}`;
  s.report(rule, `rtp:${host}`, key, says, [
    "> RTP, payload type 0, no payload; RTCP receiver report",
    ...[...heard.values()].slice(0, 5),
  ]);
  return true;
}

/** The same at the ports of a call of one's own that has sound. */
async function inOwnCall(s: Session): Promise<void> {
  const line = await s.line();
  if (line === undefined) return;
  const sound = await openSocket(line.link.local.host, line.link.local.host);
  let call: OwnCall | string = "";
  let sounds = 0;
  sound.on("message", () => {
    sounds++;
  });
  try {
    call = await placeOwnCall(s, line, sound.address().port);
    if (typeof call === "string") {
      s.missing.push(`rtp-bleed in a call: ${call}`);
      return;
    }
    const { host, port } = call.media;
    if (port === 0) return;
    const hush = speakTo(s, sound, host, port);
    // Each packet of ours would take the sound back, in step with the knocks before anything came of them.
    await pause(SETTLE, s.pace.signal).finally(hush);
    // What has nothing to say sends nothing, to anybody.
    const before = sounds;
    const isFound = await knock(s, host, port, port, "call");
    if (!isFound && before === 0) {
      s.missing.push(
        `rtp-bleed in a call: ${s.o.number} sent no sound of its own (name a number that plays something)`,
      );
    }
  } finally {
    sound.close();
    if (typeof call !== "string") await call.hangUp();
  }
}

/** Silence, in packets, until it is told to stop. Part of the budget, and no faster than the run. */
function speakTo(s: Session, socket: Socket, host: string, port: number): () => void {
  let seq = 0;
  const timer = setInterval(
    () => {
      s.pace.note();
      seq++;
      const packet = Buffer.concat([rtpPacket(seq, 8, 0x5e_ed), Buffer.alloc(160, 0xd5)]);
      socket.send(packet, port, host, () => {});
    },
    Math.max(50, 1_000 / s.o.rate),
  );
  return () => clearInterval(timer);
}

async function send(s: Session, socket: Socket, packet: Buffer, host: string, port: number): Promise<void> {
  await s.pace.take();
  logStep(s.o, `sent ${hostPort(host, port)} ${packet.length} bytes of ${packet === RTCP ? "RTCP" : "RTP"}`);
  socket.send(packet, port, host, () => {});
}

async function openSocket(towards: string, local?: string): Promise<Socket> {
  const socket = createSocket(towards.includes(":") ? "udp6" : "udp4");
  socket.on("error", () => {});
  const bound = once(socket, "listening");
  socket.bind(0, local);
  await bound;
  return socket;
}

/** RFC 3550 5.1: a header, and nothing behind it. */
function rtpPacket(seq: number, type = 0, source = 0): Buffer {
  const packet = Buffer.alloc(12);
  packet[0] = 0x80;
  packet[1] = type;
  packet.writeUInt16BE(seq & 0xffff, 2);
  packet.writeUInt32BE((seq * 160) >>> 0, 4);
  packet.writeUInt32BE(source, 8);
  return packet;
}

/** RFC 3550 6.4.2: a receiver report without blocks. */
const RTCP = Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 0]);
