import { createSocket } from "node:dgram";
import { once } from "node:events";
import { canonicalIp, isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { ListenConfig } from "../config/index.ts";
import type { Backend } from "../edge/index.ts";

/**
 * The listeners that backends speak with. What the configuration names stands; where it names none of the private side, one for UDP and one
 * for TCP (and one for TLS where a backend is spoken with by it) is opened at each address of ours that faces a backend. On any other socket nobody is taken for a backend, whatever
 * address a packet claims to come from.
 */
export async function privateListeners(
  listen: readonly ListenConfig[],
  backends: readonly Backend[],
  privatePort: number,
): Promise<ListenConfig[] | Trouble> {
  if (backends.length === 0 || listen.some((l) => l.side === "private")) return [];
  // Who lets the kernel choose his ports (tests do) means all of them.
  const port = listen.every((l) => l.port === 0) ? 0 : privatePort;
  const opened = new Map<string, ListenConfig>();
  for (const backend of backends) {
    const address = await addressTowards(backend);
    if (isTrouble(address)) return address;
    const family = address.includes(":") ? 6 : 4;
    const add = (transport: "udp" | "tcp" | "tls", at: number): void => {
      opened.set(`${transport} ${address}`, { transport, family, address, port: at, side: "private", advertise: "" });
    };
    add("udp", port);
    add("tcp", port);
    // RFC 3261 18: TLS is at home one port above.
    if (backend.transport === "tls") add("tls", port === 0 ? 0 : port + 1);
  }
  return [...opened.values()];
}

/** The address of ours that the kernel would send from. Connecting a UDP socket sends nothing. */
async function addressTowards({ name, host, port }: Backend): Promise<string | Trouble> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    socket.connect(port, host);
    await once(socket, "connect");
    const { address } = socket.address();
    return canonicalIp(address) ?? address;
  } catch (error) {
    return trouble(
      "BACKEND_UNREACHABLE",
      `backend ${name}: this machine has no way to ${host} (${(error as NodeJS.ErrnoException).code ?? "unknown"})`,
      "nothing was started; accounts and registrations are as they were",
      "mend `uri` of that [[backend]], or the routes of this machine",
    );
  } finally {
    socket.close();
  }
}
