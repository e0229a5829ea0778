import {
  hostPort,
  inCidr,
  isTrouble,
  parseCidr,
  parseIp,
  type TransportName,
  type Trouble,
  trouble,
} from "../base/index.ts";
import type { TrunkConfig } from "../config/index.ts";
import type { Store, StoredTrunk } from "../store/index.ts";
import { readTrunk } from "./rules.ts";
import type { TrunkChange, TrunkData, Trunks, TrunkTarget, TrunkView } from "./types.ts";

const NOTHING_CHANGED = "No trunk was changed.";
const LIST = "See those there are: rempart trunk list";

/** The trunk operations over a store; `onChange` is told of each change once it is stored. */
export function openTrunks(
  store: Store,
  configured: readonly TrunkConfig[],
  now: () => number,
  onChange: (change: TrunkChange) => void,
): Trunks {
  const all = async (): Promise<TrunkView[] | Trouble> => {
    const stored = await store.loadTrunks();
    return isTrouble(stored) ? stored : together(configured, stored);
  };
  return {
    list: all,
    async add(request) {
      const known = await all();
      if (isTrouble(known)) return known;
      const trunk = readTrunk(request, known.length);
      if (isTrouble(trunk)) return trunk;
      if (known.some((t) => t.name === trunk.name)) return exists(trunk.name);
      const added = await store.addTrunk({ ...trunk, created: now() });
      if (isTrouble(added)) return added;
      if (!added) return exists(trunk.name);
      onChange({ put: [trunk], removed: [] });
      return { ...trunk, origin: "store" };
    },
    async remove(name) {
      const removed = await store.removeTrunk(name);
      if (isTrouble(removed)) return removed;
      const inFile = configured.some((t) => t.name === name);
      if (!removed) return inFile ? isConfigured(name) : unknown(name);
      if (!inFile) onChange({ put: [], removed: [name] });
      return { name };
    },
    async target(name, to) {
      const known = await all();
      if (isTrouble(known)) return known;
      const trunk = known.find((t) => t.name === name && t.origin !== "hidden");
      return trunk === undefined ? unknown(name) : targetOf(trunk, to);
    },
  };
}

/** One source of truth per trunk: of one name the configuration's counts. */
function together(configured: readonly TrunkConfig[], stored: readonly StoredTrunk[]): TrunkView[] {
  const names = new Set(configured.map((t) => t.name));
  const own = stored.map(({ name, addresses, transport, fromDomain }): TrunkView => {
    return { name, addresses, transport, fromDomain, origin: names.has(name) ? "hidden" : "store" };
  });
  return [...configured.map((t): TrunkView => ({ ...t, origin: "configuration" })), ...own];
}

function targetOf(trunk: TrunkData, to: string | undefined): TrunkTarget | Trouble {
  const transport = (trunk.transport === "" ? "udp" : trunk.transport) as TransportName;
  const single = trunk.addresses.find((a) => parseIp(a) !== undefined);
  const wanted = to ?? single;
  const at = wanted === undefined ? undefined : readHostPort(wanted, transport === "tls" ? 5061 : 5060);
  if (at === undefined) return noTarget(trunk, to);
  const { host, port } = at;
  const ip = parseIp(host);
  const isIts = trunk.addresses.some((a) => {
    const block = parseCidr(a);
    return block !== undefined && ip !== undefined && inCidr(block, ip);
  });
  return isIts ? { name: trunk.name, transport, host, port } : noTarget(trunk, to);
}

/** "host", "host:port", "[host]:port". */
function readHostPort(text: string, usual: number): { readonly host: string; readonly port: number } | undefined {
  if (parseIp(text) !== undefined) return { host: text, port: usual };
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, "$1");
  const port = Number(text.slice(colon + 1));
  const ok = parseIp(host) !== undefined && hostPort(host, port) === text && Number.isInteger(port);
  return ok && port > 0 && port <= 65_535 ? { host, port } : undefined;
}

function noTarget(trunk: TrunkData, to: string | undefined): Trouble {
  const what =
    to === undefined ? `${trunk.name} has blocks alone, no single address` : `${to} is no address of ${trunk.name}`;
  const next = `Name one of ${trunk.addresses[0]}: rempart trunk test ${trunk.name} --to ADDRESS:PORT`;
  return trouble("TRUNK_TARGET", what, "Nothing was sent.", next);
}

function exists(name: string): Trouble {
  const next = `To change it: rempart trunk remove ${name}, then add it anew`;
  return trouble("TRUNK_EXISTS", `there is a trunk ${name} already`, NOTHING_CHANGED, next);
}

function unknown(name: string): Trouble {
  return trouble("TRUNK_UNKNOWN", `there is no trunk ${name}`, NOTHING_CHANGED, LIST);
}

function isConfigured(name: string): Trouble {
  const next = `Take its [[trunk]] out of the configuration, then restart; see: rempart config show`;
  return trouble("TRUNK_CONFIGURED", `the trunk ${name} is in the configuration`, NOTHING_CHANGED, next);
}
