/**
 * A process on another machine that knocks at an edge: on each line of stdin, "udp|tcp LOCAL HOST PORT NAME", it sends one OPTIONS and writes NAME and
 * the status of the answer, 0 for none in time. A TCP connection of the same LOCAL and NAME is used again.
 */
import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { rawRequest, statusOf } from "../../support/raw.ts";

const SILENCE = 400;
const open = new Map<string, Socket>();

createInterface({ input: process.stdin }).on("line", (line) => {
  const [transport, local, host, port, name] = line.split(" ");
  const knock = transport === "udp" ? byUdp : byTcp;
  void knock(local, host, Number(port), name).then((status) => process.stdout.write(`${name} ${status}\n`));
});

function request(transport: string, local: string, host: string): string {
  const at = bracketed(local);
  const ends = [`From: <sip:a@${at}>;tag=1`, `To: <sip:b@${at}>`];
  return rawRequest("OPTIONS", `sip:${bracketed(host).replace(/:5099$/, "")}`, at, ends).replace(
    "SIP/2.0/UDP",
    `SIP/2.0/${transport}`,
  );
}

function byUdp(local: string, host: string, port: number): Promise<number> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  return new Promise((resolve) => {
    const end = (status: number): void => {
      clearTimeout(timer);
      socket.close();
      resolve(status);
    };
    const timer = setTimeout(() => end(0), SILENCE);
    socket.once("error", () => end(0));
    socket.once("message", (bytes) => end(statusOf(bytes.toString("latin1"))));
    socket.bind(0, local, () => socket.send(request("UDP", local, host), port, host));
  });
}

function byTcp(local: string, host: string, port: number, name: string): Promise<number> {
  const known = open.get(`${local} ${name}`);
  const socket = known ?? connect({ port, host, localAddress: local });
  open.set(`${local} ${name}`, socket);
  return new Promise((resolve) => {
    const end = (status: number): void => {
      clearTimeout(timer);
      socket.removeAllListeners("data");
      resolve(status);
    };
    const timer = setTimeout(() => end(0), SILENCE);
    socket.on("error", () => {});
    socket.once("data", (bytes) => end(statusOf(bytes.toString("latin1"))));
    socket.write(request("TCP", local, host));
  });
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]:5099` : `${host}:5099`;
}
