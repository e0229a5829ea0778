import { lookup } from "node:dns/promises";
import { canonicalIp, isTrouble, type Trouble, trouble } from "../base/index.ts";
import type { BackendConfig } from "../config/index.ts";
import type { Backend } from "../edge/index.ts";
import type { Store } from "../store/index.ts";

/** Backends with their names resolved: the signalling thread never asks DNS. */
export async function resolveBackends(
  backends: readonly BackendConfig[],
  drained: readonly string[],
): Promise<Backend[] | Trouble> {
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
    const { name, transport, port, weight, priority } = b;
    resolved.push({ name, transport, host, port, weight, priority, draining: drained.includes(name) });
  }
  return resolved;
}

/** Setting of the store: names of the backends that the operator has told to take nothing new, as JSON. */
const DRAINED = "drained-backends";

/** Backends that drain, so that a restart does not undo it. */
export async function readDrained(store: Store): Promise<string[] | Trouble> {
  const text = await store.setting(DRAINED, () => "[]");
  return isTrouble(text) ? text : (JSON.parse(text) as string[]);
}

export async function writeDrained(store: Store, names: readonly string[]): Promise<undefined | Trouble> {
  return store.setSetting(DRAINED, JSON.stringify(names));
}

async function addressOf(name: string): Promise<string | undefined> {
  try {
    return canonicalIp((await lookup(name)).address);
  } catch {
    return undefined;
  }
}
