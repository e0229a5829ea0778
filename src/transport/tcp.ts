import { connect } from "node:net";
import { StreamChannel } from "./channel.ts";
import type { OpenFault } from "./fault.ts";
import type { Kind, StreamHandlers, StreamOptions, StreamTransport } from "./stream.ts";
import { openStreams } from "./streams.ts";

/** SIP over TCP: no handshake but the system's own. */
export function openTcp(o: StreamOptions, handlers: StreamHandlers): Promise<StreamTransport | OpenFault> {
  return openStreams(
    o,
    "tcp",
    handlers,
    (door): Kind => ({
      transport: "tcp",
      accept: (socket) => door.adopt(new StreamChannel(socket)),
      connect: (host, port, from) => {
        const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, ...from });
        return { channel: new StreamChannel(socket), event: "connect" };
      },
    }),
  );
}
