import { lookup } from "node:dns/promises";
import { canonicalIp, type Trouble, trouble } from "../base/index.ts";
import type { BackendConfig } from "../config/index.ts";
import type { Backend } from "../edge/index.ts";

/** Backends with their names resolved: the signalling thread never asks DNS. */
export async function resolveBackends(backends: readonly BackendConfig[]): Promise<Backend[] | Trouble> {
  const resolved: Backend[] = [];
  for (const b of backends) {
    const host = canonicalIp(b.host) ?? (await addressOf(b.host));
    if (host === undefined) {
      return trouble(
        "BACKEND_UNRESOLVED",
        `backend ${b.name}: the name ${b.host} has no address`,
        "nothing was started; accounts and registrations are as they were",
        "write its address into `uri` of that [[backend]], or mend the name service",
      );
    }
    resolved.push({ name: b.name, transport: b.transport, host, port: b.port });
  }
  return resolved;
}

async function addressOf(name: string): Promise<string | undefined> {
  try {
    return canonicalIp((await lookup(name)).address);
  } catch {
    return undefined;
  }
}
