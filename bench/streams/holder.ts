/** `node holder.ts PORT COUNT DOMAIN`: opens TLS connections, each answered once, says so, and keeps them until stdin ends. */
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

const [port, count, domain] = process.argv.slice(2);
/** At once, and from one address. */
const OPENING = 32;
const PER_SOURCE = 50;

function options(i: number): string {
  return [
    `OPTIONS sip:${domain} SIP/2.0`,
    `Via: SIP/2.0/TLS phone.invalid;rport;branch=z9hG4bKheld${i}`,
    "Max-Forwards: 70",
    `From: <sip:stranger@elsewhere.example>;tag=held${i}`,
    `To: <sip:${domain}>`,
    `Call-ID: held${i}`,
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}

async function open(i: number): Promise<TLSSocket> {
  const source = Math.floor(i / PER_SOURCE);
  const localAddress = `127.1.${source >> 8}.${source & 255}`;
  const way = { host: "127.0.0.1", port: Number(port), localAddress, servername: domain, rejectUnauthorized: false };
  // Node's own choice is X25519MLKEM768 with X25519 behind it.
  const socket = connect({ ...way, ecdhCurve: "auto" });
  await once(socket, "secureConnect");
  socket.write(options(i));
  const [answer] = (await once(socket, "data")) as [Buffer];
  if (!answer.toString("latin1").startsWith("SIP/2.0 200")) throw new Error(answer.toString("latin1").slice(0, 80));
  return socket;
}

const sockets: TLSSocket[] = [];
let next = 0;
async function opener(): Promise<void> {
  while (next < Number(count)) sockets.push(await open(next++));
}
await Promise.all(Array.from({ length: OPENING }, opener));
const [first] = sockets;
const spoken = `${first?.getProtocol()}, ${first?.getCipher().name}, offered X25519MLKEM768`;
process.stdout.write(`${JSON.stringify({ done: sockets.length, first_error: "", spoken })}\n`);
process.stdin.resume().once("end", () => process.exit());
