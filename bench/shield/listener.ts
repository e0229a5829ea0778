/** `listener.ts HOST PORT`: in the place of a phone system. Says that it lives, and writes a line for everything else that reaches it. */
import { createSocket } from "node:dgram";
import { isFailure } from "../../src/base/index.ts";
import { parseMessage, reply } from "../../src/sip/index.ts";

const [host = "", port = ""] = process.argv.slice(2);
const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
socket.on("message", (bytes, from) => {
  const m = parseMessage(bytes.toString("latin1"));
  const isProbe = !isFailure(m) && m.text.startsWith(`OPTIONS sip:${host}`);
  if (isProbe) socket.send(Buffer.from(reply(m, 200, {}), "latin1"), from.port, from.address);
  else process.stdout.write(`${bytes.toString("latin1").split("\r\n")[0]} from ${from.address}\n`);
});
socket.bind(Number(port), host);
