import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { hostPort } from "../../base/index.ts";
import type { Config, ListenConfig } from "../../config/index.ts";
import { type Finding, fail, ok } from "./finding.ts";

/** Whether every configured address can be listened on; while the daemon runs they are its own. */
export async function ports(config: Config, running: boolean): Promise<Finding> {
  const { listen } = config.sip;
  if (running) return ok("ports", "held by the running daemon");
  for (const each of listen) {
    const code = await tryToListen(each);
    if (code === undefined) continue;
    const what = `${each.transport} ${hostPort(each.address, each.port)}`;
    const [words, run] = REASONS[code] ?? [`cannot be opened (${code})`, "rempart config show"];
    return fail("ports", `${what} ${words}`, run);
  }
  return ok("ports", `free: ${listen.map((l) => `${l.transport} ${hostPort(l.address, l.port)}`).join(", ")}`);
}

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  EADDRINUSE: ["is held by another program", "ss -lntup"],
  EACCES: [
    "may not be opened by this user",
    "setcap cap_net_bind_service=+ep on the node binary, or a port above 1023",
  ],
  EADDRNOTAVAIL: ["is no address of this machine", "ip address"],
  EAFNOSUPPORT: ["cannot be opened: this machine has no IPv6", "rempart config show (leave the IPv6 listeners out)"],
};

/** Opens and closes it; the system's code when that fails. */
function tryToListen(each: ListenConfig): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    if (each.transport !== "udp") {
      const server = createServer().once("error", failed);
      const place = { host: each.address, port: each.port, ipv6Only: each.family === 6, exclusive: true };
      server.listen(place, () => server.close(() => resolve(undefined)));
      return;
    }
    const socket = createSocket({ type: each.family === 6 ? "udp6" : "udp4", ipv6Only: each.family === 6 });
    socket.once("error", failed);
    socket.bind({ address: each.address, port: each.port, exclusive: true }, () =>
      socket.close(() => resolve(undefined)),
    );
  });
}
