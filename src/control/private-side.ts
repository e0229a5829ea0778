import { createSocket } from "node:dgram";
import { once } from "node:events";
import { canonicalIp, isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { ListenConfig } from "../config/index.ts";
import type { Backend } from "../edge/index.ts";

/**
 * The listeners that backends speak with. What the configuration names stands; where it names none of the private side, one for UDP and one
 * for TCP is opened at each address of ours that faces a backend. On any other socket nobody is taken for a backend, whatever
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
  const addresses = new Set<string>();
  for (const backend of backends) {
    const address = await addressTowards(backend);
    if (isTrouble(address)) return address;
    addresses.add(address);
  }
  return [...addresses].flatMap((address) =>
    (["udp", "tcp"] as const).map((transport) => {
      const family = address.includes(":") ? 6 : 4;
      return { transport, family, address, port, side: "private", advertise: "" } as const;
    }),
  );
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
