/** What comes by one socket and leaves by another does not wait for the tick: here there is none. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { isOpenFault } from "../transport/index.ts";
import type { Birth } from "./messages.ts";
import { openSockets, type Sockets } from "./sockets.ts";

const TEXT = "OPTIONS sip:pbx.example.org SIP/2.0\r\nContent-Length: 0\r\n\r\n";

async function opened(adapter: "auto" | "dgram", handle: (sockets: Sockets, text: string) => void) {
  const common = { address: "127.0.0.1", port: 0, family: 4, advertise: "" } as const;
  const listen = [
    { ...common, transport: "udp", side: "public" },
    { ...common, transport: "udp", side: "private" },
    { ...common, transport: "tcp", side: "public" },
  ] as const;
  const tcp = { halfMessage: 10_000, idle: 10_000, connectionsPerSource: 64 };
  // Of the configuration it needs what concerns sockets.
  const birth = { listen, udpAdapter: adapter, tcp, credentials: undefined, origins: [] } as unknown as Birth;
  const sockets = await openSockets(birth, {
    onPacket: (_, text) => handle(sockets as Sockets, text),
    onBatchEnd: () => {},
    onClosed: () => {},
    onFault: () => {},
    onDoor: () => {},
  });
  assert.ok(!isOpenFault(sockets));
  return sockets;
}

for (const adapter of ["auto", "dgram"] as const) {
  for (const from of ["udp", "tcp"] as const) {
    test(`from ${from} to another UDP socket, ${adapter}`, { timeout: 5_000 }, async (t) => {
      const inside = createSocket("udp4").bind(0, "127.0.0.1");
      t.after(() => inside.close());
      await once(inside, "listening");
      const { port } = inside.address();
      const sockets = await opened(adapter, (s, text) => {
        const way = s.network.way("udp", "127.0.0.1", port, 1);
        assert.ok(way);
        s.network.send(way, text);
      });
      t.after(() => sockets.close());
      const arrived = once(inside, "message", { signal: AbortSignal.timeout(2_000) });
      const [udp, , tcp] = sockets.listeners;
      if (from === "udp") {
        const phone = createSocket("udp4");
        t.after(() => phone.close());
        phone.send(TEXT, udp.port, "127.0.0.1");
      } else {
        const phone = connect(tcp.port, "127.0.0.1");
        t.after(() => phone.destroy());
        phone.write(TEXT);
      }
      const [bytes, source] = await arrived;
      assert.equal(String(bytes), TEXT);
      assert.equal(source.port, sockets.listeners[1].port);
    });
  }
}
