/**
 * The bare `node:dgram` server: what Node's own UDP can do with no SIP in it. `node bench/echo.ts PORT CALLEE_PORT`.
 * OPTIONS goes straight back; anything else goes on to the other side, and an INVITE is answered by a 100 as well, so that
 * a call costs the 11 datagrams that it costs a proxy. load/net.c has the same in C.
 */
import { createSocket } from "node:dgram";

const port = Number(process.argv[2]);
const callee = Number(process.argv[3]);
const TRYING = Buffer.from("SIP/2.0 100 Trying", "latin1");
let caller = 0;

const socket = createSocket({
  type: "udp4",
  recvBufferSize: 4 << 20,
  sendBufferSize: 4 << 20,
  // An address needs no resolver: +13 %.
  lookup: (host, _options, done) => done(null, host, 4),
});
socket.on("message", (bytes, from) => {
  if (bytes[0] === 0x4f) {
    socket.send(bytes, from.port, "127.0.0.1");
  } else if (from.port === callee) {
    socket.send(bytes, caller, "127.0.0.1");
  } else {
    caller = from.port;
    if (bytes[0] === 0x49) socket.send([TRYING, bytes.subarray(bytes.indexOf(13))], caller, "127.0.0.1");
    socket.send(bytes, callee, "127.0.0.1");
  }
});
socket.bind(port, "127.0.0.1");
