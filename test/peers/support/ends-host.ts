/**
 * Sockets on another machine. `listen tcp:22 udp:5060 …` answers on each; `login` does so too and calls itself sshd, `shell` has a program below it
 * besides; `probe FROM tcp:HOST:PORT …` (FROM may be -) prints as JSON which of them
 * answered; `hold HOST PORT` connects, and prints each line that comes.
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";

/** Milliseconds that an answer may take. */
const PATIENCE = 1_500;
const [what = "", ...words] = process.argv.slice(2);

if (what === "listen" || what === "login" || what === "shell") {
  if (what !== "listen") process.title = "sshd";
  if (what === "shell") spawn("sleep", ["60"]);
  await Promise.all(words.map(listen));
  console.log("ready");
} else if (what === "hold") {
  const socket = connect(Number(words[1]), words[0]);
  socket.on("data", (text) => process.stdout.write(text));
} else {
  const [from = "-", ...ends] = words;
  const answered = await Promise.all(ends.map((end) => probe(end, from === "-" ? undefined : from)));
  console.log(JSON.stringify(ends.filter((_, i) => answered[i])));
  process.exit(0);
}

async function listen(end: string): Promise<void> {
  const [transport, port] = end.split(":");
  if (transport === "udp") {
    const socket = createSocket({ type: "udp6", ipv6Only: false });
    socket.on("message", (text, from) => socket.send(text, from.port, from.address));
    return new Promise((resolve) => socket.bind(Number(port), "::", resolve));
  }
  // Says something each 100 ms, unasked, as a terminal does.
  const server = createServer((socket) => {
    const timer = setInterval(() => socket.write("hello\n"), 100);
    socket.on("error", () => {}).on("close", () => clearInterval(timer));
  });
  return new Promise((resolve) => server.listen(Number(port), "::", resolve));
}

/** "tcp:host:port", "udp:host:port". */
function probe(end: string, from: string | undefined): Promise<boolean> {
  const [, transport, host = "", port] = /^(\w+):(.*):(\d+)$/.exec(end) ?? [];
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), PATIENCE);
    if (transport === "tcp") {
      const socket = connect({ host, port: Number(port), ...(from === undefined ? {} : { localAddress: from }) });
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
      return;
    }
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.on("message", () => resolve(true)).on("error", () => resolve(false));
    socket.bind(0, from, () => socket.send("hello", Number(port), host));
  });
}
